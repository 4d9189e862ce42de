import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { KeyView } from '../hub-client/handle-view.js'
import { connectorOf } from './connect.js'
import { identityAt, type RevokeKeyResult, revokeKey as revokeOwnKey } from './identities.js'
import type { Session } from './session.js'
import { resolveHub } from './target.js'

/** The keys that sign for the handle of this machine at a hub. */
export interface ListedKeys {
  readonly hub: string
  readonly handle: string
  /** The first one of the handle first, then in the order in which they came. */
  readonly keys: readonly KeyView[]
}

/** Fewer letters of a fingerprint, or of another hash by which something is named, may be a name, or the beginning of another one. */
export const LEAST_PREFIX = 8

export async function listKeys(session: Session): Promise<ListedKeys> {
  const hub = resolveHub(session)
  const identity = await identityAt(session, hub)
  const keys = await connectorOf(session).connectAs(identity, hub, session).keys()
  return { hub: hub.base, handle: identity.handle, keys }
}

/**
 * Has the session's hub take nothing any more that a key of the identity's handle signs.
 *
 * @param which the fingerprint or its begin, eight letters at least, or what the machine is called; left out: the key that signs here
 */
export async function revokeKey(session: Session, which?: string): Promise<RevokeKeyResult> {
  if (which === undefined) return revokeOwnKey(session)
  const { hub, handle, keys } = await listKeys(session)
  const meant = keys.filter((key) => isMeant(key, which))
  const [key] = meant
  if (key === undefined || meant.length > 1) throw coordError('KEY_UNKNOWN', quote(which), handle, meant.length)
  if (key.signsThis) return revokeOwnKey(session)
  const at = resolveHub(session)
  await connectorOf(session)
    .connectAs(await identityAt(session, at), at, session)
    .removeKey(key.fingerprint)
  return { hub, handle, revokedFingerprint: key.fingerprint, stillAt: [] }
}

function isMeant({ fingerprint, label }: KeyView, which: string): boolean {
  const letters = which.replace(/^sha256:/, '')
  return which === label || (letters.length >= LEAST_PREFIX && fingerprint.startsWith(`sha256:${letters}`))
}
