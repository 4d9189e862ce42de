import { loadIdentity } from '../auth/identity-file.js'
import { coordError } from '../base/errors.js'
import type { SpaceTarget } from '../workspace/target.js'
import { answerTimeout } from './answer-timeout.js'
import { HubClient } from './hub-client.js'

export interface ConnectOptions {
  signal?: AbortSignal | undefined
  /** For each answer of the hub; `MUSE_COORD_TIMEOUT` or 30 when left out. */
  timeoutSeconds?: number | undefined
}

/**
 * A client for the target's hub that signs with the identity for its host; without one it stays unsigned, or with
 * `mustSign` it is refused.
 *
 * @throws `NO_IDENTITY`, `IDENTITY_INVALID`; `FLAG_VALUE` for a time limit that is none
 */
export function connect(target: SpaceTarget, options: ConnectOptions, mustSign = false): HubClient {
  const { hub, clock, env } = target
  const identity = loadIdentity(env, hub)
  if (identity === null && mustSign) throw coordError('NO_IDENTITY', hub.host)
  return new HubClient({
    hub,
    signer: identity,
    clock,
    signal: options.signal,
    timeoutSeconds: answerTimeout(options.timeoutSeconds, env),
  })
}
