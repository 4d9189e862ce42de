import type { KeyObject } from 'node:crypto'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { setTomlValues } from '../files/toml-edit.js'
import type { HubUrl } from '../record/hub-url.js'
import { isJsonObject } from '../record/record.js'
import { findEntry, type IdentityEntry, parseSections, readIdentityText } from './identity-entries.js'
import { IDENTITY_FILE, type IdentityPaths, identityPaths } from './identity-paths.js'
import { readKeyFile } from './key-file.js'
import { fingerprint, rawPublicKey } from './public-key.js'

/** Who signs at one hub, with the key to do it. */
export interface Identity extends IdentityEntry {
  readonly privateKey: KeyObject
}

/**
 * The identity for a hub, or `null` where there is none: no home directory, no file, no section for that host. An
 * identity that is there and cannot be used is an error, because a request that goes out as nobody would hide it.
 *
 * @throws `IDENTITY_INVALID`, `LINK_REFUSED`
 */
export function loadIdentity(
  env: Readonly<Record<string, string | undefined>>,
  hub: Pick<HubUrl, 'host'>,
): Identity | null {
  const paths = identityPaths(env)
  if (paths === null) return null
  const entry = findEntry(paths, hub)
  if (entry === null) return null
  const privateKey = readKeyFile(paths, entry.keyPath)
  if (fingerprint(rawPublicKey(privateKey)) !== entry.fingerprint) {
    const problem = `["${entry.host}"] the key at ${entry.keyPath} has another fingerprint than the file says.`
    throw coordError('IDENTITY_INVALID', paths.file, problem)
  }
  return { ...entry, privateKey }
}

/**
 * Adds or replaces the section of one host and keeps the rest of the file. Processes that do so at once queue.
 *
 * @param replace whether an identity that is there may be replaced
 * @throws `IDENTITY_EXISTS`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`, `FILE_LOCKED`
 */
export function writeIdentity(paths: IdentityPaths, entry: IdentityEntry, replace: boolean): void {
  paths.muse.make()
  withProcessLockSync(paths.muse, `${IDENTITY_FILE}.lock`, () => {
    const text = readIdentityText(paths)
    const present = parseSections(paths, text)[entry.host]
    if (present !== undefined && !replace) {
      throw coordError('IDENTITY_EXISTS', entry.host, quote(isJsonObject(present) ? present.handle : present))
    }
    const edited = setTomlValues(text, entry.host, {
      type: entry.type,
      handle: entry.handle,
      algorithm: 'ed25519',
      fingerprint: entry.fingerprint,
      key_path: entry.keyPath,
    })
    if (edited === null)
      throw coordError('IDENTITY_INVALID', paths.file, 'it is laid out in a way that cannot be edited.')
    paths.muse.write(IDENTITY_FILE, edited, { fsync: true })
  })
}
