import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import { problemOf } from '../base/errors.js'

/** The text of a file, or why there is none, as the rest of a sentence that begins with the file's name. */
export type TextReading = { readonly text: string } | ReadFault

export interface ReadFault {
  readonly fault: string
  /** There is no such file. */
  readonly isMissing: boolean
  /** A symbolic link lies in its place. */
  readonly isLink: boolean
  /** What the system threw: nothing is known of the file then. `null`: it was looked at, and the fault is its own. */
  readonly error: unknown
}

export interface ReadOptions {
  /** The most bytes that are read; a longer file is a fault. */
  readonly maxBytes: number
  /** Reads through a symbolic link in the last step of the path; without it a link is a fault. */
  readonly followLinks?: boolean
}

// Never waits for the other end of a pipe. Windows knows neither flag.
const READ = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)
const READ_NO_LINK = READ | (fs.constants.O_NOFOLLOW ?? 0)

let buffer: Buffer = Buffer.allocUnsafeSlow(256 * 1024 + 1)

/**
 * Reads a whole regular file as UTF-8, within bounds, whatever lies there. A byte order mark is left out.
 * Never throws: every way in which it can fail comes back as a fault.
 */
export function readText(path: string, options: ReadOptions): TextReading {
  try {
    if (!options.followLinks && process.platform === 'win32' && isLink(path)) return LINK
    const descriptor = fs.openSync(path, options.followLinks ? READ : READ_NO_LINK)
    try {
      return readWhole(descriptor, options.maxBytes)
    } finally {
      fs.closeSync(descriptor)
    }
  } catch (error) {
    return faultOf(error)
  }
}

function readWhole(descriptor: number, maxBytes: number): TextReading {
  if (buffer.length <= maxBytes) buffer = Buffer.allocUnsafeSlow(maxBytes + 1)
  let length = 0
  for (;;) {
    const count = fs.readSync(descriptor, buffer, length, maxBytes + 1 - length, null)
    if (count === 0) break
    length += count
    if (length > maxBytes) return fault(`is over ${sizeText(maxBytes)}`)
  }
  // Pipes and devices show up here as empty, because nobody waits for them.
  if (length === 0 && !fs.fstatSync(descriptor).isFile()) return fault('is no regular file')
  const bytes = buffer.subarray(0, length)
  if (!isUtf8(bytes)) return fault('is no valid UTF-8')
  const start = length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return { text: bytes.toString('utf8', start, length) }
}

const MISSING: ReadFault = { fault: 'is missing', isMissing: true, isLink: false, error: null }
const LINK: ReadFault = { fault: 'is a symbolic link', isMissing: false, isLink: true, error: null }

function faultOf(error: unknown): ReadFault {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') return MISSING
  // FreeBSD says EMLINK.
  if (code === 'ELOOP' || code === 'EMLINK') return LINK
  // A directory, a socket.
  if (code === 'EISDIR' || code === 'ENXIO') return fault('is no regular file')
  return { fault: `cannot be read: ${problemOf(error)}`, isMissing: false, isLink: false, error }
}

function fault(sentence: string): ReadFault {
  return { fault: sentence, isMissing: false, isLink: false, error: null }
}

function isLink(path: string): boolean {
  return fs.lstatSync(path).isSymbolicLink()
}

function sizeText(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
}
