import { asCoordError, coordError } from '../base/errors.js'
import type { HubUrl } from '../record/hub-url.js'
import { type IdentityEntry, identityHosts } from './identity-entries.js'
import { loadIdentity } from './identity-file.js'

type Environment = Readonly<Record<string, string | undefined>>

/** An identity as it can be shown: without its key. `problem`: why it cannot be used. */
export type KnownIdentity = (IdentityEntry & { problem: null }) | { host: string; problem: string }

/**
 * The identity for one hub. Its key has been read and fits.
 *
 * @throws `NO_IDENTITY`, `IDENTITY_INVALID`, `LINK_REFUSED`
 */
function whoami(env: Environment, hub: Pick<HubUrl, 'host'>): IdentityEntry {
  const identity = loadIdentity(env, hub)
  if (identity === null) throw coordError('NO_IDENTITY', hub.host)
  const { privateKey: _, nextKey: __, ...entry } = identity
  return entry
}

/** The identities for all hubs, those that cannot be used among them. @throws as {@link identityHosts} */
export function allIdentities(env: Environment): KnownIdentity[] {
  return identityHosts(env).map((host) => {
    try {
      return { ...whoami(env, { host: host.toLowerCase() }), problem: null }
    } catch (error) {
      return { host, problem: asCoordError(error).message }
    }
  })
}
