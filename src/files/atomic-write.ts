import fs from 'node:fs'
import { dirname } from 'node:path'
import { fileError } from '../base/errors.js'
import { randomHex } from '../base/node-crypto.js'
import { codeOf, isMissing } from './file-failure.js'
import { lookAt } from './real-directory.js'

export interface WriteOptions {
  /** Permission bits of the new file, exact whatever the umask; without them the umask decides. */
  readonly mode?: number
  /** Waits until the disk has it. */
  readonly fsync?: boolean
}

const NEW_FILE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL
// Where a file system has no hard links, `link` says so in one of these ways.
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

let temporaryFile: string | undefined

/**
 * Puts a file in place whole, or not at all: written under a name that no reader of `*.json` sees, then renamed.
 * A reader meets the old content or the new one. After a failure neither the file nor a temporary one is there.
 *
 * @throws `FILE_FAILED`
 */
export function writeAtomic(path: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  putInPlace(path, content, options)
  if (options.fsync) syncDirectory(path)
}

/**
 * The same, and looks at the file once it is in place; `null`: it is not the one that was written any more, or was written to
 * since.
 *
 * @throws `FILE_FAILED`
 */
export function replaceAtomic(path: string, content: string, options: Pick<WriteOptions, 'mode'>): fs.Stats | null {
  const written = putInPlace(path, content, options)
  const placed = lookAt(path)
  // The rename itself changes nothing but the change time.
  const isSame = placed?.ino === written.ino && placed.mtimeMs === written.mtimeMs && placed.size === written.size
  return isSame ? placed : null
}

function putInPlace(path: string, content: string | Uint8Array, options: WriteOptions): fs.Stats {
  const temporary = temporaryName(path)
  try {
    const written = writeNew(temporary, content, options)
    fs.renameSync(temporary, path)
    return written
  } catch (error) {
    discard(temporary)
    throw fileError(path, error)
  }
}

/**
 * Makes a file that must not exist yet: of any number of callers at once exactly one gets `true`, and the file appears
 * whole. On file systems without hard links there is still one winner, but a reader may meet the file half-written.
 *
 * @returns `false` when the name is taken, by a file, a directory or a link
 * @throws `FILE_FAILED`
 */
export function createExclusive(path: string, content: string, options: WriteOptions = {}): boolean {
  const temporary = temporaryName(path)
  try {
    // Decides nothing, but spares most of those who come late a file of their own.
    if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false
    writeNew(temporary, content, options)
    const created = linkOrCreate(temporary, path, content, options)
    if (created && options.fsync) syncDirectory(path)
    return created
  } catch (error) {
    throw fileError(path, error)
  } finally {
    discard(temporary)
  }
}

/**
 * Gives a file a further name that must not exist yet; where there are no hard links, makes another of the same content.
 *
 * @returns `false` when the name is taken
 * @throws what Node throws: `ENOENT` when the file is not there
 */
export function linkOrCreate(file: string, path: string, content: string, options: WriteOptions = {}): boolean {
  try {
    fs.linkSync(file, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!NO_HARD_LINKS.has(codeOf(error))) throw error
  }
  try {
    writeNew(path, content, options)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    discard(path) // this call made it, so the half of a file is its own
    throw error
  }
}

function writeNew(path: string, content: string | Uint8Array, { mode, fsync }: WriteOptions): fs.Stats {
  const descriptor = fs.openSync(path, NEW_FILE, mode ?? 0o666)
  try {
    if (mode !== undefined) fs.fchmodSync(descriptor, mode)
    fs.writeFileSync(descriptor, content)
    if (fsync) fs.fsyncSync(descriptor)
    return fs.fstatSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** A name is durable only when its directory is. */
function syncDirectory(path: string): void {
  try {
    const descriptor = fs.openSync(dirname(path), fs.constants.O_RDONLY)
    try {
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  } catch (error) {
    // Windows opens no directories; it also needs no sync of theirs.
    if (process.platform !== 'win32') throw fileError(dirname(path), error)
  }
}

/** Removes what is not wanted. Where even that fails, the error that led here is the one to tell. */
function discard(path: string): void {
  try {
    fs.unlinkSync(path)
  } catch (error) {
    // What lies there still would be in the way of the next write.
    if (!isMissing(error)) temporaryFile = undefined
  }
}

/** Whether a file is one that was not finished: of a write, or of a removal. */
export function isTemporaryName(name: string): boolean {
  return /^\.(\d+-)?[0-9a-f]{8,16}\.tmp$/.test(name)
}

/** One name for all: these writes wait for one another, and a directory that gives a name back at once stays small. */
function temporaryName(path: string): string {
  temporaryFile ??= `.${process.pid}-${randomHex(4)}.tmp`
  return `${dirname(path)}/${temporaryFile}`
}
