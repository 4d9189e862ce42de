import type { Environment } from '../base/environment.js'
import { type HubUrl, hostsOf } from '../record/hub-url.js'
import { hostsKnownByKey, ifWritable } from './hub-pins.js'
import { findEntry, type IdentitySection } from './identity-entries.js'
import { writeIdentity } from './identity-file.js'
import { type IdentityPaths, identityPaths } from './identity-paths.js'

type Host = Pick<HubUrl, 'host'>

/** Who signs at a hub that this machine knows by its key under another address. */
export interface MovedIdentity {
  readonly handle: string
  /** The host under which it was known. */
  readonly formerHost: string
}

/**
 * Whether there is a hub, known by its key, at which somebody signs and which this one may be under another address.
 *
 * @throws `IDENTITY_INVALID`, `PINS_INVALID`, `LINK_REFUSED`
 */
export function mayHaveMoved(env: Environment, hub: Host): boolean {
  const paths = identityPaths(env)
  return paths !== null && sectionsKnownBy(paths, env, hub, null).next().done === false
}

/**
 * Lets the identity of a hub sign at another address of it: hubs with one key are one hub, which knows the handle already.
 *
 * @param key that the hub has proven to have, 32 raw bytes in base64
 * @returns `null`: nobody signs at a hub with this key, or it cannot be noted
 * @throws as {@link mayHaveMoved}, and `IDENTITY_EXISTS` where somebody signs at this address by now
 */
export function takeIdentityAlong(env: Environment, hub: Host, key: string): MovedIdentity | null {
  const paths = identityPaths(env)
  if (paths === null) return null
  const { value: section } = sectionsKnownBy(paths, env, hub, key).next()
  if (!section) return null
  const { handle, type, fingerprint, keyPath, host: formerHost } = section
  return ifWritable(() => {
    writeIdentity(paths, { host: hub.host, handle, type, fingerprint, keyPath }, false)
    return { handle, formerHost }
  })
}

/** @param wanted `null`: any key */
function* sectionsKnownBy(
  paths: IdentityPaths,
  env: Environment,
  hub: Host,
  wanted: string | null,
): Generator<IdentitySection, undefined> {
  const own = hostsOf(hub.host)
  for (const { host, key } of hostsKnownByKey(env)) {
    if (own.includes(host) || (wanted !== null && key !== wanted)) continue
    const section = findEntry(paths, { host })
    // A key that some hub was told to take no more signs nowhere by itself.
    if (section !== null && section.revokedAt === null) yield section
  }
}
