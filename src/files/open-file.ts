import fs from 'node:fs'
import { coordError } from '../base/errors.js'
import { readText } from './read-text.js'
import { lookAtReal } from './real-directory.js'

const NOFOLLOW = fs.constants.O_NOFOLLOW ?? 0
const WRITE = fs.constants.O_WRONLY | fs.constants.O_CREAT | NOFOLLOW
export const APPEND: number = WRITE | fs.constants.O_APPEND
export const OVERWRITE: number = WRITE | fs.constants.O_TRUNC
/** What is there stays where nothing is written over it: ext4 puts a file that was cut short on its disk when it is closed. */
export const KEEP: number = WRITE

/** Uses a file that is opened for that, and made where it is missing; never through a symbolic link. */
export function withOpenFile<T>(
  path: string,
  flags: number,
  mode: number | undefined,
  use: (descriptor: number) => T,
): T {
  if (NOFOLLOW === 0) lookAtReal(path) // Windows
  const descriptor = fs.openSync(path, flags, mode)
  try {
    if (mode !== undefined && (mode & WRITABLE_BY_GROUP) !== 0) openToGroup(descriptor, mode)
    return use(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

const WRITABLE_BY_GROUP = 0o020

/** The umask has taken it from the group where this call has made the file. What another user has made is not ours to open. */
function openToGroup(descriptor: number, mode: number): void {
  const { mode: found, uid } = fs.fstatSync(descriptor)
  if ((found & WRITABLE_BY_GROUP) === 0 && uid === process.getuid?.()) fs.fchmodSync(descriptor, mode)
}

/** What lies at a path, and whether it holds this content. Asks for its size first: most that differ differ there, and most new ones are new. */
export function compareContent(path: string, content: string): { found: fs.Stats | null; isSame: boolean } {
  const found = lookAtReal(path)
  if (found === null) return { found, isSame: false }
  if (!found.isFile()) throw coordError('FILE_FAILED', path, 'is no regular file, and one belongs here')
  const size = Buffer.byteLength(content)
  if (found.size !== size) return { found, isSame: false }
  const reading = readText(path, { maxBytes: size })
  return { found, isSame: 'text' in reading && reading.text === content }
}
