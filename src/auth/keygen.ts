import { generateKeyPairSync } from 'node:crypto'
import { coordError } from '../base/errors.js'
import type { HubUrl } from '../record/hub-url.js'
import type { IdentityEntry, IdentityType } from './identity-entries.js'
import { writeIdentity } from './identity-file.js'
import { type IdentityPaths, identityPaths } from './identity-paths.js'
import { removeKeyFile, writeKeyFile } from './key-file.js'
import { fingerprint, rawPublicKey } from './public-key.js'
import { sharedIdentity } from './shared-key.js'

export interface KeygenRequest {
  readonly hub: HubUrl
  readonly handle: string
  readonly type: IdentityType
  /** Replaces the identity that is there for this hub by one with a new key; its key file stays. */
  readonly force: boolean
  /** Makes a key for this hub alone, also where one signs at other hubs. */
  readonly isOwnKey?: boolean
}

export interface KeygenResult extends IdentityEntry {
  /** Whether it was made by this call; `false`: it signs at other hubs too. */
  readonly isNewKey: boolean
}

/**
 * Makes an identity for one hub, with the key that signs at other hubs, or a new one where there is none. The hub hears of it at
 * registration, not before. A signature covers the host, so that of one hub is worth nothing at another.
 *
 * @throws `IDENTITY_EXISTS` unless `force`; `HOME_UNKNOWN`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`
 */
export function keygen(env: Readonly<Record<string, string | undefined>>, request: KeygenRequest): KeygenResult {
  const paths = identityPaths(env)
  if (paths === null) throw coordError('HOME_UNKNOWN')
  const { hub, handle, type, force, isOwnKey = false } = request
  const shared = force || isOwnKey ? null : sharedIdentity(env)
  const key = shared ?? newKey(paths)
  const entry = { host: hub.host, handle, type, fingerprint: key.fingerprint, keyPath: key.keyPath }
  try {
    writeIdentity(paths, entry, force)
  } catch (error) {
    if (shared === null) removeKeyFile(paths, key.keyPath)
    throw error
  }
  return { ...entry, isNewKey: shared === null }
}

function newKey(paths: IdentityPaths): Pick<IdentityEntry, 'fingerprint' | 'keyPath'> {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { fingerprint: fingerprint(rawPublicKey(privateKey)), keyPath: writeKeyFile(paths, privateKey) }
}
