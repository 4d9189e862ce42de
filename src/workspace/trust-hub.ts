import { hubPinOf, replaceHubPin } from '../auth/hub-pins.js'
import { identityPaths } from '../auth/identity-paths.js'
import { fingerprintOf } from '../auth/public-key.js'
import { coordError } from '../base/errors.js'
import { connectorOf } from './connect.js'
import type { Session } from './session.js'
import { resolveHub } from './target.js'

/** By which key this machine knows a hub from now on. */
export interface TrustedHub {
  readonly hub: string
  /** `sha256:` and hex; `null`: it shows none, and is known by its address alone. */
  readonly fingerprint: string | null
  /** By which it was known until now; `null`: by none. */
  readonly replacedFingerprint: string | null
}

/**
 * Has this machine know the session's hub by the key that it shows now, whatever it was known by: after it was set up anew.
 * Rejects with `HUB_IDENTITY` where it shows another one than is expected, `HOME_UNKNOWN`, and as requests to a hub do.
 *
 * @param expected its fingerprint, as whoever runs the hub has told it; any, when left out
 */
export async function trustHub(session: Session, expected?: string): Promise<TrustedHub> {
  const { env } = session
  const hub = resolveHub(session)
  if (identityPaths(env) === null) throw coordError('HOME_UNKNOWN')
  const before = hubPinOf(env, hub)
  const key = await connectorOf(session).askHubKey(hub, session)
  const fingerprint = key && fingerprintOf(key)
  if (expected !== undefined && expected !== fingerprint) {
    throw coordError('HUB_IDENTITY', hub.base, expected, fingerprint ?? 'no key')
  }
  replaceHubPin(env, hub, key)
  return { hub: hub.base, fingerprint, replacedFingerprint: before && fingerprintOf(before.key) }
}
