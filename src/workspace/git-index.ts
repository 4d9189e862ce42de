import fs from 'node:fs'
import { dirname, join } from 'node:path'

/** Of a repository with millions of files; what is larger is not read while somebody waits. */
const MAX_BYTES = 256 * 1024 * 1024
const HEADER_BYTES = 12
/** Times, device, inode, mode, owner and size of a file: what stands before the hash of its content. */
const STAT_BYTES = 40
/** Where in these stands when the file was written: seconds, and nanoseconds of the second. */
const WRITTEN_AT = 8
const HASH_BYTES = { sha1: 20, sha256: 32 }
const EXTENDED_FLAG = 0x4000
/** The length of a path, where it is less. */
const LENGTH_MASK = 0xfff

/** How an index of git is read. */
interface Reading {
  readonly hash: keyof typeof HASH_BYTES
  /** The store's own part of a path is ASCII, and its length stays. */
  readonly isMeant: (text: Buffer, from: number, to: number) => boolean
}

/** A file that git tracks. */
export interface TrackedFile {
  readonly path: string
  /** When it had been written as git last had it: milliseconds since 1970; `null`: the index does not tell. */
  readonly writtenAt: number | null
}

/**
 * The files with this beginning of their paths that an index of git holds: what git tracks. Of an index that is split over two files also what the
 * shared one has, though it may have been removed since. `null`: it cannot be told.
 *
 * Follows <https://git-scm.com/docs/index-format>, versions 2 to 4.
 *
 * @param file of the index
 * @param beginning of the paths that are meant, from the top of the working tree: a directory with `/` at its end, or a file
 */
export function trackedFiles(
  file: string,
  beginning: string,
  { hash = 'sha1', ignoresCase = false }: { hash?: keyof typeof HASH_BYTES; ignoresCase?: boolean } = {},
): readonly TrackedFile[] | null {
  const reading = { hash, isMeant: beginningWith(beginning, ignoresCase) }
  const own = readIndex(file, reading)
  if (own === null || own.sharedHash === null) return own?.files ?? null
  const sharedFile = join(dirname(file), `sharedindex.${own.sharedHash}`)
  // Where it is missing most of the index is, which says of nothing that git does not track it.
  const shared = fs.existsSync(sharedFile) ? readIndex(sharedFile, reading) : null
  if (shared === null) return null
  // An entry of the shared one may have been changed by one that bears no path.
  const paths = new Set([...shared.files, ...own.files].map(({ path }) => path))
  return Array.from(paths, (path) => ({ path, writtenAt: null }))
}

/** @returns with the hash of the file in which most of it stands; `null`: it is all here */
function readIndex(
  file: string,
  { hash, isMeant }: Reading,
): { readonly files: readonly TrackedFile[]; readonly sharedHash: string | null } | null {
  if (fs.statSync(file).size > MAX_BYTES) return null
  const bytes = fs.readFileSync(file)
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== 'DIRC') return null
  const version = bytes.readUInt32BE(4)
  if (version < 2 || version > 4) return null
  const isCompressed = version === 4
  const files: TrackedFile[] = []
  let path = Buffer.alloc(0)
  let at = HEADER_BYTES
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    const start = at
    at += STAT_BYTES + HASH_BYTES[hash]
    const flags = bytes.readUInt16BE(at)
    at += (flags & EXTENDED_FLAG) !== 0 ? 4 : 2
    let kept = 0
    if (isCompressed) {
      const dropped = readOffset(bytes, at)
      kept = path.length - dropped.value
      at = dropped.end
    }
    const end =
      isCompressed || (flags & LENGTH_MASK) === LENGTH_MASK ? bytes.indexOf(0, at) : at + (flags & LENGTH_MASK)
    if (end === -1 || kept < 0) return null
    if (isCompressed) path = Buffer.concat([path.subarray(0, kept), bytes.subarray(at, end)])
    const [text, from, to] = isCompressed ? [path, 0, path.length] : [bytes, at, end]
    // Each entry is filled up with zeros, one at least, to a multiple of eight.
    at = isCompressed ? end + 1 : start + Math.ceil((end + 1 - start) / 8) * 8
    // One without a path changes one of the shared file, which has its path.
    if (isMeant(text, from, to))
      files.push({ path: text.toString('utf8', from, to), writtenAt: writtenAtIn(bytes, start + WRITTEN_AT) })
  }
  return { files, sharedHash: sharedHashIn(bytes, at, HASH_BYTES[hash]) }
}

/** Zeros stand for what git has not looked at. */
function writtenAtIn(bytes: Buffer, at: number): number | null {
  const seconds = bytes.readUInt32BE(at)
  return seconds === 0 ? null : seconds * 1000 + bytes.readUInt32BE(at + 4) / 1e6
}

/** Whether a path that lies in a buffer begins so. Looks at it where it lies: an index may name hundreds of thousands. */
function beginningWith(beginning: string, ignoresCase: boolean): (text: Buffer, from: number, to: number) => boolean {
  const spelt = ignoresCase ? lowered : (byte: number) => byte
  const wanted = Buffer.from(beginning).map(spelt)
  return (text, from, to) => {
    if (to - from < wanted.length) return false
    for (let offset = 0; offset < wanted.length; offset++) {
      if (spelt(text[from + offset] as number) !== wanted[offset]) return false
    }
    return true
  }
}

/** Of ASCII: what else a path may hold has case too, and is spelt as git has it. */
function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}

/** A number as git writes offsets: seven bits a byte, the highest bit says that more follow. */
function readOffset(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let at = start
  let byte = bytes.readUInt8(at++)
  let value = byte & 0x7f
  while ((byte & 0x80) !== 0) {
    byte = bytes.readUInt8(at++)
    value = ((value + 1) << 7) | (byte & 0x7f)
  }
  return { value, end: at }
}

/** What one of the extensions that follow the entries says of the file in which most of them stand; `null`: there is none. */
function sharedHashIn(bytes: Buffer, start: number, hashBytes: number): string | null {
  for (let at = start; at + 8 <= bytes.length - hashBytes; at += 8 + bytes.readUInt32BE(at + 4)) {
    if (bytes.toString('latin1', at, at + 4) !== 'link') continue
    const hash = bytes.toString('hex', at + 8, at + 8 + hashBytes)
    return /^0*$/.test(hash) ? null : hash
  }
  return null
}
