import type { KeyObject } from 'node:crypto'
import type { IdentityEntry, IdentityType } from '../auth/identity-entries.js'
import type { Identity } from '../auth/identity-file.js'
import { identityPaths } from '../auth/identity-paths.js'
import { keygen as makeKey } from '../auth/keygen.js'
import { allIdentities, type KnownIdentity } from '../auth/whoami.js'
import { CoordError, coordError } from '../base/errors.js'
import { isInForce } from '../hub-client/identity/is-in-force.js'
import { type RegisterResult, register as registerAt } from '../hub-client/identity/register.js'
import { type RotateKeyResult, rotateKey as rotateAt } from '../hub-client/identity/rotate-key.js'
import type { HubUrl } from '../record/hub-url.js'
import { connectorOf } from './connect.js'
import type { Session } from './session.js'
import { resolveHub } from './target.js'

export interface KeygenOptions {
  readonly handle: string
  readonly type: IdentityType
  /** Replaces the identity that is there for this hub; its key file stays. */
  readonly force?: boolean
}

/** Makes a key, and the identity that uses it at the session's hub, which hears of it when it is registered. */
export function keygen(session: Session, { handle, type, force = false }: KeygenOptions): IdentityEntry {
  return makeKey(session.env, { hub: resolveHub(session), handle, type, force })
}

/** Who signs at the session's hub, without the key; where no hub is known, everybody that this user can sign as. */
export function showIdentity(session: Session): IdentityEntry | { readonly identities: readonly KnownIdentity[] } {
  let hub: HubUrl
  try {
    hub = resolveHub(session)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'HUB_URL_MISSING') throw error
    return { identities: allIdentities(session.env) }
  }
  const { privateKey: _, nextKey: __, ...entry } = identityAt(session, hub)
  return entry
}

/** Gives the identity's handle to its key at the session's hub. `invite`: the code of an invitation. */
export function register(
  session: Session,
  options: { readonly invite?: string | undefined } = {},
): Promise<RegisterResult> {
  const hub = resolveHub(session)
  const identity = identityAt(session, hub)
  return registerAt(connectorOf(session).connectAs(null, hub, session), { hub, identity, ...options })
}

/** Puts another key in the place of the identity's. `keyPath`: the key to use, absolute; else the one that an earlier try noted, or a new one. */
export async function rotateKey(
  session: Session,
  options: { readonly keyPath?: string | undefined } = {},
): Promise<RotateKeyResult> {
  const paths = identityPaths(session.env)
  if (paths === null) throw coordError('HOME_UNKNOWN')
  const hub = resolveHub(session)
  const identity = identityAt(session, hub)
  const connectWith = (privateKey: KeyObject) =>
    connectorOf(session).connectAs({ handle: identity.handle, privateKey }, hub, session)
  return rotateAt({ hub, identity, paths, connectWith, ...options })
}

export interface RevokeKeyResult {
  readonly hub: string
  readonly handle: string
  readonly revokedFingerprint: string
}

/** Has the session's hub take nothing any more that the identity's key signs. */
export async function revokeKey(session: Session): Promise<RevokeKeyResult> {
  const hub = resolveHub(session)
  const identity = identityAt(session, hub)
  await connectorOf(session).connectAs(identity, hub, session).revokeKey()
  return { hub: hub.base, handle: identity.handle, revokedFingerprint: identity.fingerprint }
}

/** The handle that this user signs by at some hub already; `null`: at none. */
export function knownHandle({ env }: Session): string | null {
  for (const identity of allIdentities(env)) if (identity.problem === null) return identity.handle
  return null
}

/** Whether the session's hub takes what the identity signs; `null`: there is no identity for it. */
export async function isIdentityInForce(session: Session): Promise<boolean | null> {
  const hub = resolveHub(session)
  const identity = connectorOf(session).identity(session.env, hub)
  return identity && isInForce(connectorOf(session).connectAs(identity, hub, session), identity.handle)
}

function identityAt(session: Session, hub: HubUrl): Identity {
  const identity = connectorOf(session).identity(session.env, hub)
  if (identity === null) throw coordError('NO_IDENTITY', hub.host)
  return identity
}
