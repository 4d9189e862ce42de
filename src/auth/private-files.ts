import fs from 'node:fs'
import { coordError, fileError } from '../base/errors.js'

/** What others may do with a file: read, write or enter it. */
const ANYTHING = 0o077
const WRITE = 0o022

/** Makes a directory for its owner alone, or makes one that exists so. Throws `FILE_FAILED`. */
export function makePrivateDirectory(path: string): void {
  try {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 })
    if ((fs.statSync(path).mode & ANYTHING) !== 0) fs.chmodSync(path, 0o700)
  } catch (error) {
    throw fileError(path, error)
  }
}

/** Refuses a file or directory that is open to others at all. Throws `IDENTITY_INVALID`, with the cure. */
export function assertPrivate(path: string, what: string): void {
  assertClosed(path, what, ANYTHING)
}

/** Refuses a file that others may write, so that they could become who they like. Throws `IDENTITY_INVALID`. */
export function assertOnlyOwnerWrites(path: string, what: string): void {
  assertClosed(path, what, WRITE)
}

function assertClosed(path: string, what: string, bits: number): void {
  // Windows has no such bits; there the profile directory itself is private.
  if (process.platform === 'win32') return
  const stats = fs.statSync(path)
  const mode = stats.mode & 0o777
  if ((mode & bits) === 0) return
  const cure = `chmod ${stats.isDirectory() ? '700' : '600'} '${path}'`
  throw coordError('IDENTITY_INVALID', path, `${what} is open to others (mode ${mode.toString(8)}); run: ${cure}`)
}
