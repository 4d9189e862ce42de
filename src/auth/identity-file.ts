import type { KeyObject } from 'node:crypto'
import { join, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { coordError, problemOf } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { setTomlValues } from '../files/toml-edit.js'
import type { HubUrl } from '../record/hub-url.js'
import { isJsonObject, isSpaceName } from '../record/record.js'
import { IDENTITY_FILE, type IdentityPaths, identityPaths } from './identity-paths.js'
import { readKeyFile } from './key-file.js'
import { assertOnlyOwnerWrites } from './private-files.js'
import { fingerprint, rawPublicKey } from './public-key.js'

export type IdentityType = 'human' | 'agent'

/** One section of the file. */
export interface IdentityEntry {
  /** As MSign signs it: lower case, with the port unless the scheme implies it. */
  readonly host: string
  readonly handle: string
  readonly type: IdentityType
  /** `sha256:` and hex over the 32 raw bytes of the public key. */
  readonly fingerprint: string
  /** Absolute. */
  readonly keyPath: string
}

/** Who signs at one hub, with the key to do it. */
export interface Identity extends IdentityEntry {
  readonly privateKey: KeyObject
}

const MAX_IDENTITY_BYTES = 1024 * 1024

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
  const sections = Object.entries(readSections(paths))
  const section = sections.find(([host]) => host.toLowerCase() === hub.host)?.[1]
  if (section === undefined) return null
  const entry = checkEntry(paths, hub.host, section)
  const privateKey = readKeyFile(paths, entry.keyPath)
  if (fingerprint(rawPublicKey(privateKey)) !== entry.fingerprint) {
    const problem = `["${entry.host}"] the key at ${entry.keyPath} has another fingerprint than the file says.`
    throw coordError('IDENTITY_INVALID', paths.file, problem)
  }
  return { ...entry, privateKey }
}

/** The hosts that the identity file has a section for, in its order; whether they can be used shows when one is loaded. */
export function identityHosts(env: Readonly<Record<string, string | undefined>>): string[] {
  const paths = identityPaths(env)
  return paths === null ? [] : Object.keys(readSections(paths))
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

function readSections(paths: IdentityPaths): Record<string, unknown> {
  return parseSections(paths, readIdentityText(paths))
}

function readIdentityText(paths: IdentityPaths): string {
  const reading = paths.muse.read(IDENTITY_FILE, MAX_IDENTITY_BYTES)
  if ('fault' in reading) {
    if (reading.isMissing) return ''
    throw coordError('IDENTITY_INVALID', paths.file, `the file ${reading.fault}.`)
  }
  assertOnlyOwnerWrites(paths.file, 'the file')
  return reading.text
}

function parseSections(paths: IdentityPaths, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    const where = error instanceof TomlError ? `line ${error.line}, column ${error.column}: ` : ''
    throw coordError('IDENTITY_INVALID', paths.file, where + (problemOf(error).split('\n', 1)[0] ?? ''))
  }
}

function checkEntry(paths: IdentityPaths, host: string, section: unknown): IdentityEntry {
  const refuse = (problem: string) => coordError('IDENTITY_INVALID', paths.file, `["${host}"] ${problem}.`)
  if (!isJsonObject(section)) throw refuse(`must be a section, got ${quote(section)}`)
  const { type, handle, algorithm, fingerprint: print, key_path: keyPath } = section
  if (!isSpaceName(handle)) throw refuse(`handle must be 1–256 characters of A-Za-z0-9._-, got ${quote(handle)}`)
  if (type !== 'human' && type !== 'agent') throw refuse(`type must be "human" or "agent", got ${quote(type)}`)
  if (algorithm !== 'ed25519') throw refuse(`algorithm must be "ed25519", got ${quote(algorithm)}`)
  if (typeof print !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(print)) {
    throw refuse(`fingerprint must be sha256: and 64 hex digits, got ${quote(print)}`)
  }
  if (typeof keyPath !== 'string' || keyPath === '') throw refuse(`key_path must be a path, got ${quote(keyPath)}`)
  return { host, handle, type, fingerprint: print, keyPath: absolute(paths, keyPath) }
}

function absolute(paths: IdentityPaths, keyPath: string): string {
  return keyPath.startsWith('~/') ? join(paths.home.path, keyPath.slice(2)) : resolve(paths.muse.path, keyPath)
}
