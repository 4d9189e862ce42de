import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import { problemOf } from '../base/errors.js'

/** The text of a file, or why there is none, as the rest of a sentence that begins with the file's name. */
export type TextReading =
  | { readonly text: string }
  | { readonly fault: string; readonly isMissing: boolean; readonly isLink: boolean }

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
  let descriptor: number
  try {
    descriptor = fs.openSync(path, options.followLinks ? READ : READ_NO_LINK)
  } catch (error) {
    return openFault(error)
  }
  try {
    return readWhole(descriptor, options.maxBytes)
  } catch (error) {
    return fault(`cannot be read: ${problemOf(error)}`)
  } finally {
    fs.closeSync(descriptor)
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

function openFault(error: unknown): TextReading {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') return { fault: 'is missing', isMissing: true, isLink: false }
  if (code === 'ELOOP' || code === 'EMLINK') return { fault: 'is a symbolic link', isMissing: false, isLink: true }
  return fault(`cannot be read: ${problemOf(error)}`)
}

function fault(sentence: string): TextReading {
  return { fault: sentence, isMissing: false, isLink: false }
}

function sizeText(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
}
