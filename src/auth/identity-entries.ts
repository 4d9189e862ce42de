import { join, relative, resolve, sep } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { coordError, problemOf } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { type HubUrl, hostsOf } from '../record/hub-url.js'
import { isJsonObject, isSpaceName } from '../record/record.js'
import { fileIn, IDENTITY_FILE, type IdentityPaths, identityPaths } from './identity-paths.js'
import { assertOnlyOwnerWrites } from './private-files.js'

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

/** A section as it stands, with the key that a rotation has begun to put in the place of its own. */
export interface IdentitySection extends IdentityEntry {
  /** Its name: another spelling of the host, or another name of the loopback. */
  readonly section: string
  /** When its hub was told to take nothing of the key any more, ISO 8601; `null`: it was not. */
  readonly revokedAt: string | null
  /** Absolute; `null`: no rotation is under way. It is on the disk before the hub hears of it. */
  readonly nextKeyPath: string | null
}

const MAX_IDENTITY_BYTES = 1024 * 1024

/** The handle of the identity for a hub, whose key is not looked at; `null` where there is none. Throws `IDENTITY_INVALID`. */
export function handleAt(env: Readonly<Record<string, string | undefined>>, hub: Pick<HubUrl, 'host'>): string | null {
  const paths = identityPaths(env)
  return paths === null ? null : (findEntry(paths, hub)?.handle ?? null)
}

/** The hosts that the identity file has a section for, in its order; whether they can be used shows when one is loaded. */
export function identityHosts(env: Readonly<Record<string, string | undefined>>): string[] {
  const paths = identityPaths(env)
  return paths === null ? [] : Object.keys(readSections(paths))
}

/** The section of a hub; `null`: there is none. Throws `IDENTITY_INVALID`. */
export function findEntry(paths: IdentityPaths, hub: Pick<HubUrl, 'host'>): IdentitySection | null {
  const sections = readSections(paths)
  const name = sectionName(sections, hub.host)
  return name === null ? null : checkEntry(paths, { host: hub.host, name }, sections[name])
}

/** The name of a host's section, as it is spelt; `null`: there is none. The host itself comes before its other names. */
export function sectionName(sections: Readonly<Record<string, unknown>>, host: string): string | null {
  const names = Object.keys(sections)
  for (const known of hostsOf(host)) {
    const name = names.find((one) => one.toLowerCase() === known)
    if (name !== undefined) return name
  }
  return null
}

function readSections(paths: IdentityPaths): Record<string, unknown> {
  return parseSections(paths, readIdentityText(paths))
}

/** The whole file; `''` where there is none. Throws `IDENTITY_INVALID`. */
export function readIdentityText(paths: IdentityPaths): string {
  const { folder, name } = fileIn(paths, IDENTITY_FILE)
  const reading = folder.read(name, MAX_IDENTITY_BYTES)
  if ('fault' in reading) {
    if (reading.isMissing) return ''
    throw coordError('IDENTITY_INVALID', paths.file, `the file ${reading.fault}.`)
  }
  assertOnlyOwnerWrites(paths.file, 'the file')
  return reading.text
}

/** What stands in a text of the file, by host. Throws `IDENTITY_INVALID`. */
export function parseSections(paths: IdentityPaths, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    const where = error instanceof TomlError ? `line ${error.line}, column ${error.column}: ` : ''
    throw coordError('IDENTITY_INVALID', paths.file, where + (problemOf(error).split('\n', 1)[0] ?? ''))
  }
}

function checkEntry(
  paths: IdentityPaths,
  { host, name }: { readonly host: string; readonly name: string },
  section: unknown,
): IdentitySection {
  const refuse = (problem: string) => coordError('IDENTITY_INVALID', paths.file, `["${name}"] ${problem}.`)
  if (!isJsonObject(section)) throw refuse(`must be a section, got ${quote(section)}`)
  const {
    type,
    handle,
    algorithm,
    fingerprint: print,
    key_path: keyPath,
    next_key_path: next,
    revoked_at: revokedAt,
  } = section
  if (!isSpaceName(handle)) throw refuse(`handle must be 1–256 characters of A-Za-z0-9._-, got ${quote(handle)}`)
  if (type !== 'human' && type !== 'agent') throw refuse(`type must be "human" or "agent", got ${quote(type)}`)
  if (algorithm !== 'ed25519') throw refuse(`algorithm must be "ed25519", got ${quote(algorithm)}`)
  if (typeof print !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(print)) {
    throw refuse(`fingerprint must be sha256: and 64 hex digits, got ${quote(print)}`)
  }
  if (typeof keyPath !== 'string' || keyPath === '') throw refuse(`key_path must be a path, got ${quote(keyPath)}`)
  if (next !== undefined && (typeof next !== 'string' || next === '')) {
    throw refuse(`next_key_path must be a path, got ${quote(next)}`)
  }
  if (revokedAt !== undefined && typeof revokedAt !== 'string') {
    throw refuse(`revoked_at must be a timestamp in quotes, got ${quote(revokedAt)}`)
  }
  return {
    host,
    section: name,
    revokedAt: revokedAt ?? null,
    handle,
    type,
    fingerprint: print,
    keyPath: absolute(paths, keyPath),
    nextKeyPath: next === undefined ? null : absolute(paths, next),
  }
}

/** A key's path as the file says it: from `~/.muse` where the key lies in it, so that a home directory can be moved. */
export function writtenKeyPath(paths: IdentityPaths, keyPath: string): string {
  return keyPath.startsWith(paths.muse.path + sep) ? relative(paths.muse.path, keyPath).split(sep).join('/') : keyPath
}

function absolute(paths: IdentityPaths, keyPath: string): string {
  return keyPath.startsWith('~/') ? join(paths.home.path, keyPath.slice(2)) : resolve(paths.muse.path, keyPath)
}
