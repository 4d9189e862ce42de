import type { KeyObject } from 'node:crypto'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { setTomlValues } from '../files/toml-edit.js'
import type { HubUrl } from '../record/hub-url.js'
import { isJsonObject } from '../record/record.js'
import {
  findEntry,
  type IdentityEntry,
  parseSections,
  readIdentityText,
  sectionName,
  writtenKeyPath,
} from './identity-entries.js'
import { fileIn, IDENTITY_FILE, type IdentityPaths, identityPaths } from './identity-paths.js'
import { readKeyFile, writeKeyFile } from './key-file.js'
import { fingerprint, rawPublicKey } from './public-key.js'

/** Who signs at one hub, with the key to do it. */
export interface Identity extends IdentityEntry {
  readonly privateKey: KeyObject
  /**
   * Reads the key that a rotation has begun to put in the place of this one: the hub may take that one already. Throws
   * `IDENTITY_INVALID`.
   */
  readonly nextKey?: () => KeyObject
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
  const section = findEntry(paths, hub)
  if (section === null) return null
  const { nextKeyPath, section: _, revokedAt: __, ...entry } = section
  const privateKey = readKeyFile(paths, entry.keyPath)
  if (fingerprint(rawPublicKey(privateKey)) !== entry.fingerprint) {
    const problem = `["${entry.host}"] the key at ${entry.keyPath} has another fingerprint than the file says.`
    throw coordError('IDENTITY_INVALID', paths.file, problem)
  }
  return { ...entry, privateKey, ...(nextKeyPath !== null && { nextKey: () => readKeyFile(paths, nextKeyPath) }) }
}

/**
 * Adds or replaces the section of one host and keeps the rest of the file. Processes that do so at once queue.
 *
 * @param replace whether an identity that is there may be replaced
 * @throws `IDENTITY_EXISTS`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`, `FILE_LOCKED`
 */
export function writeIdentity(paths: IdentityPaths, entry: IdentityEntry, replace: boolean): void {
  changeFile(paths, (text) => {
    const sections = parseSections(paths, text)
    const present = sectionName(sections, entry.host)
    if (present !== null && !replace) {
      const section = sections[present]
      throw coordError('IDENTITY_EXISTS', present, quote(isJsonObject(section) ? section.handle : section))
    }
    writeSection(paths, text, present ?? entry.host, {
      type: entry.type,
      handle: entry.handle,
      algorithm: 'ed25519',
      fingerprint: entry.fingerprint,
      key_path: writtenKeyPath(paths, entry.keyPath),
      next_key_path: null,
      revoked_at: null,
    })
  })
}

/**
 * Notes the key that is to take the place of an identity's, before anybody hears of it. One that was noted before is used
 * again, whoever noted it: the hub may have taken it, and two processes that rotate at once offer one key.
 *
 * @param make makes a key where none is noted
 * @returns where the key lies, absolute
 * @throws `NO_IDENTITY`, `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED`, `FILE_LOCKED`
 */
export function noteNextKey(paths: IdentityPaths, host: string, make: () => KeyObject): string {
  return changeFile(paths, (text) => {
    const section = findEntry(paths, { host })
    if (section === null) throw coordError('NO_IDENTITY', host)
    if (section.nextKeyPath !== null) return section.nextKeyPath
    const keyPath = writeKeyFile(paths, make())
    writeSection(paths, text, section.section, { next_key_path: writtenKeyPath(paths, keyPath) })
    return keyPath
  })
}

/** Takes the note of a key back of which no hub has heard. Throws as {@link noteNextKey}. */
export function forgetNextKey(paths: IdentityPaths, host: string, keyPath: string): void {
  changeFile(paths, (text) => {
    const section = findEntry(paths, { host })
    if (section?.nextKeyPath === keyPath) writeSection(paths, text, section.section, { next_key_path: null })
  })
}

/** Notes that a hub takes nothing of an identity's key any more, so that it is used at no other. Throws as {@link noteNextKey}. */
export function noteRevoked(paths: IdentityPaths, { host, fingerprint: print }: IdentityEntry, at: string): void {
  changeFile(paths, (text) => {
    const section = findEntry(paths, { host })
    if (section?.fingerprint === print) writeSection(paths, text, section.section, { revoked_at: at })
  })
}

function changeFile<Result>(paths: IdentityPaths, change: (text: string) => Result): Result {
  paths.muse.make()
  return withProcessLockSync(paths.muse, `${IDENTITY_FILE}.lock`, () => change(readIdentityText(paths)))
}

function writeSection(
  paths: IdentityPaths,
  text: string,
  section: string,
  values: Readonly<Record<string, string | null>>,
): void {
  const edited = setTomlValues(text, section, values)
  if (edited === null)
    throw coordError('IDENTITY_INVALID', paths.file, 'it is laid out in a way that cannot be edited.')
  const { folder, name } = fileIn(paths, IDENTITY_FILE)
  folder.write(name, edited, { fsync: true })
}
