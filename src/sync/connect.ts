import { loadIdentity } from '../auth/identity-file.js'
import { coordError } from '../errors.js'
import { HubClient } from './hub-client.js'
import type { SpaceTarget } from './target.js'

export interface ConnectOptions {
  signal?: AbortSignal | undefined
  /** For each answer of the hub; `MUSE_COORD_TIMEOUT` or 30 when left out. */
  timeoutSeconds?: number | undefined
}

/**
 * A client for the target's hub that signs with the identity for its host; without one it stays unsigned, or with
 * `mustSign` it is refused.
 *
 * @throws `NO_IDENTITY`, `IDENTITY_INVALID`
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
    timeoutSeconds: timeoutOf(options, env),
  })
}

function timeoutOf(options: ConnectOptions, env: SpaceTarget['env']): number | undefined {
  const seconds = options.timeoutSeconds ?? (env.MUSE_COORD_TIMEOUT ? Number(env.MUSE_COORD_TIMEOUT) : undefined)
  if (seconds !== undefined && !(seconds > 0 && seconds <= 3600)) {
    throw coordError(
      'FLAG_VALUE',
      'MUSE_COORD_TIMEOUT',
      String(env.MUSE_COORD_TIMEOUT),
      'seconds above 0, at most 3600',
    )
  }
  return seconds
}
