import fs from 'node:fs'
import { dirname } from 'node:path'
import { coordError, fileError } from '../base/errors.js'
import { shellWord } from '../base/shell-word.js'

/** What others may do with a file: read, write or enter it. */
const ANYTHING = 0o077
const WRITE = 0o022
const WRITE_BY_EVERYBODY = 0o002
const GROUP_READ = 0o040
const GROUP_WRITE = 0o020
const ROOT = 0

/** Refuses a file or directory that is open to others at all. Throws `IDENTITY_INVALID`, with the cure. */
export function assertPrivate(path: string, what: string): void {
  assertClosed(path, what, ANYTHING)
}

/**
 * Refuses a file that others may write, so that they could become who they like, and one in whose place everybody may put another.
 * Throws `IDENTITY_INVALID`.
 */
export function assertOnlyOwnerWrites(path: string, what: string): void {
  assertClosed(path, what, WRITE)
  assertClosed(dirname(path), 'the directory', WRITE_BY_EVERYBODY)
}

function assertClosed(path: string, what: string, bits: number): void {
  // Windows has no such bits; there the profile directory itself is private.
  if (process.platform === 'win32') return
  const stats = statOf(path)
  const mode = stats.mode & 0o777
  if ((mode & bits & ~givenByRoot(stats)) === 0) return
  const cure = `chmod ${stats.isDirectory() ? '700' : '600'} ${shellWord(path)}`
  throw coordError('IDENTITY_INVALID', path, `${what} is open to others (mode ${mode.toString(8)}); run: ${cure}`)
}

/**
 * Root's files that a group of the user's may read: so orchestrators hand a secret to a process that is not root's, and there is
 * no other way by which it could read them.
 */
function givenByRoot({ uid, gid, mode }: fs.Stats): number {
  const groups = [...(process.getgroups?.() ?? []), process.getegid?.()]
  const isGiven = uid === ROOT && process.geteuid?.() !== ROOT && groups.includes(gid)
  return isGiven && (mode & GROUP_WRITE) === 0 ? GROUP_READ : 0
}

function statOf(path: string): fs.Stats {
  try {
    return fs.statSync(path)
  } catch (error) {
    throw fileError(path, error)
  }
}
