import type { KeyObject } from 'node:crypto'
import { IDENTITIES } from '../auth/identities.js'
import type { IdentityEntry, IdentityType } from '../auth/identity-entries.js'
import { type Identity, noteRevoked, writeIdentity } from '../auth/identity-file.js'
import { identityPaths } from '../auth/identity-paths.js'
import { type KeygenResult, keygen as makeKey } from '../auth/keygen.js'
import { otherHostsOf, sharedIdentity } from '../auth/shared-key.js'
import { allIdentities, type KnownIdentity } from '../auth/whoami.js'
import { CoordError, coordError } from '../base/errors.js'
import { isInForce } from '../hub-client/identity/is-in-force.js'
import { type RegisterResult, register as registerAt } from '../hub-client/identity/register.js'
import { type RotateKeyResult, rotateKey as rotateAt } from '../hub-client/identity/rotate-key.js'
import type { UsageView } from '../hub-client/space-view.js'
import type { HubUrl } from '../record/hub-url.js'
import { connectorOf } from './connect.js'
import { meetHub } from './meet-hub.js'
import type { Session } from './session.js'
import { resolveHub } from './target.js'

export interface KeygenOptions {
  readonly handle: string
  /** `agent` when left out. */
  readonly type?: IdentityType
  /** Replaces the identity that is there for this hub by one with a new key; its key file stays. */
  readonly force?: boolean
  /** Makes a key for this hub alone, also where one signs at other hubs. */
  readonly isOwnKey?: boolean
}

/** Makes an identity for the session's hub, by the key that signs at other hubs or a new one; the hub hears of it when it is registered. */
export function keygen(session: Session, { type = 'agent', force = false, ...options }: KeygenOptions): KeygenResult {
  return makeKey(session.env, { hub: resolveHub(session), type, force, ...options })
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
  const { privateKey: _, nextKey: __, ...entry } = knownAt(session, hub)
  return entry
}

/** How much the identity's handle has at the session's hub, and how much it may have. */
export async function readUsage(session: Session): Promise<UsageView> {
  const hub = resolveHub(session)
  return connectorOf(session)
    .connectAs(await identityAt(session, hub), hub, session)
    .usage()
}

export interface RegisterOptions {
  /** The code of an invitation. */
  readonly invite?: string | undefined
  /** What this machine is called, for an invitation of a device. */
  readonly label?: string | undefined
}

/**
 * Gives the identity's handle to its key at the session's hub. Where there is no identity for that hub the one of another signs, under
 * the same handle, and is noted for this one once the hub has taken it: so that a hub that moved, or a further one, needs no new key.
 */
export async function register(session: Session, options: RegisterOptions = {}): Promise<RegisterResult> {
  const hub = resolveHub(session)
  const known = connectorOf(session).identity(session.env, hub)
  const identity = known ?? identityOfAnother(session, hub)
  const result = await registerAt(connectorOf(session).connectAs(null, hub, session), { hub, identity, ...options })
  const paths = identityPaths(session.env)
  if (known === null && paths !== null) {
    const { handle, type, fingerprint, keyPath } = identity
    writeIdentity(paths, { host: hub.host, handle, type, fingerprint, keyPath }, false)
  }
  return result
}

export interface RotatedKey extends RotateKeyResult {
  /** The hosts of other hubs that take the replaced key still. */
  readonly stillAt: readonly string[]
}

/** Puts another key in the place of the identity's. `keyPath`: the key to use, absolute; else the one that an earlier try noted, or a new one. */
export async function rotateKey(
  session: Session,
  options: { readonly keyPath?: string | undefined } = {},
): Promise<RotatedKey> {
  const paths = identityPaths(session.env)
  if (paths === null) throw coordError('HOME_UNKNOWN')
  const hub = resolveHub(session)
  const identity = await identityAt(session, hub)
  const connectWith = (privateKey: KeyObject) =>
    connectorOf(session).connectAs({ handle: identity.handle, privateKey }, hub, session)
  const rotated = await rotateAt({ hub, identity, paths, connectWith, ...options })
  return { ...rotated, stillAt: otherHostsOf(session.env, identity) }
}

export interface RevokeKeyResult {
  readonly hub: string
  readonly handle: string
  readonly revokedFingerprint: string
  /** The hosts of other hubs that take the key still. */
  readonly stillAt: readonly string[]
}

/** Has the session's hub take nothing any more that the identity's key signs; other keys of its handle sign on. */
export async function revokeKey(session: Session): Promise<RevokeKeyResult> {
  const hub = resolveHub(session)
  const identity = await identityAt(session, hub)
  await connectorOf(session).connectAs(identity, hub, session).revokeKey()
  const paths = identityPaths(session.env)
  if (paths !== null) noteRevoked(paths, identity, new Date(session.clock.now()).toISOString())
  const { handle, fingerprint } = identity
  return { hub: hub.base, handle, revokedFingerprint: fingerprint, stillAt: otherHostsOf(session.env, identity) }
}

/** The identity that this user signs by at some hub already; `null`: at none. */
export function knownIdentity({ env }: Session): IdentityEntry | null {
  return sharedIdentity(env)
}

/** Whether the session's hub takes what the identity signs; `null`: there is no identity for it. */
export async function isIdentityInForce(session: Session): Promise<boolean | null> {
  const hub = resolveHub(session)
  const identity = connectorOf(session).identity(session.env, hub)
  return identity && isInForce(connectorOf(session).connectAs(identity, hub, session), identity.handle)
}

function identityOfAnother({ container, env }: Session, hub: HubUrl): Identity {
  // A program that says who signs says it for every hub.
  const identity = container.isRegistered(IDENTITIES, true) ? null : sharedIdentity(env)
  if (identity === null) throw coordError('NO_IDENTITY', hub.host, hub.base)
  return identity
}

/** Who signs at a hub, also where that was moved, see {@link meetHub}. Rejects with `NO_IDENTITY`. */
export async function identityAt(session: Session, hub: HubUrl): Promise<Identity> {
  await meetHub(session, connectorOf(session), hub)
  return knownAt(session, hub)
}

function knownAt(session: Session, hub: HubUrl): Identity {
  const identity = connectorOf(session).identity(session.env, hub)
  if (identity === null) throw coordError('NO_IDENTITY', hub.host, hub.base)
  return identity
}
