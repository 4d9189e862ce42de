import { CoordError } from '../../base/errors.js'
import type { HubClient } from '../hub-client.js'

/** Whether the hub takes what the client's key signs for the handle. A retry of a rotation that was done looks like a refusal. */
export async function isInForce(client: HubClient, handle: string): Promise<boolean> {
  try {
    await client.space(handle, handle)
    return true
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.code === 'SPACE_HIDDEN') return true
    if (error.code === 'HUB_DENIED') return false
    throw error
  }
}
