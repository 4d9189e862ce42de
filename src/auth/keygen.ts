import { generateKeyPairSync } from 'node:crypto'
import { coordError } from '../base/errors.js'
import type { HubUrl } from '../record/hub-url.js'
import type { IdentityEntry, IdentityType } from './identity-entries.js'
import { writeIdentity } from './identity-file.js'
import { identityPaths } from './identity-paths.js'
import { removeKeyFile, writeKeyFile } from './key-file.js'
import { fingerprint, rawPublicKey } from './public-key.js'

export interface KeygenRequest {
  readonly hub: HubUrl
  readonly handle: string
  readonly type: IdentityType
  /** Replaces the identity that is there for this hub; its key file stays. */
  readonly force: boolean
}

/**
 * Makes a key and the identity that uses it at one hub. The hub hears of it at registration, not before.
 *
 * @throws `IDENTITY_EXISTS` unless `force`; `HOME_UNKNOWN`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`
 */
export function keygen(env: Readonly<Record<string, string | undefined>>, request: KeygenRequest): IdentityEntry {
  const paths = identityPaths(env)
  if (paths === null) throw coordError('HOME_UNKNOWN')
  const { privateKey } = generateKeyPairSync('ed25519')
  const keyPath = writeKeyFile(paths, privateKey)
  const print = fingerprint(rawPublicKey(privateKey))
  const entry = { host: request.hub.host, handle: request.handle, type: request.type, fingerprint: print, keyPath }
  try {
    writeIdentity(paths, entry, request.force)
  } catch (error) {
    removeKeyFile(paths, keyPath)
    throw error
  }
  return entry
}
