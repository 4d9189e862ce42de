import type { HubClient } from '../../hub-client/hub-client.js'
import type { Target } from '../target.js'

/** The hub that decides. */
export interface LeaseHub {
  readonly target: Target
  readonly client: HubClient
}
