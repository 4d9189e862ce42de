import type { Unsent } from '../sync/push/unsent.js'
import type { CommandCall } from './command.js'

/** What no hub is known to have of a call's workspace. Rejects as `findUnsent` does. */
export async function unsentOf(call: Pick<CommandCall, 'container' | 'directory' | 'env'>): Promise<Unsent> {
  const { findUnsent } = await import('../sync/push/unsent.js')
  return findUnsent({ container: await call.container(), directory: call.directory, env: call.env })
}
