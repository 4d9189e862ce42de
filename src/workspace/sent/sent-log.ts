import fs from 'node:fs'
import { fileError } from '../../base/errors.js'
import { createExclusive, writeAtomic } from '../../files/atomic-write.js'
import { entryLine, originalName, parseEntry, type SentEntry, storedName } from './sent-entry.js'
import { SentLines } from './sent-lines.js'

/** What held when a directory had been looked through: the work of the next look, if nothing came or went since. */
export interface Checkpoint {
  /** Of the directory itself, see `signatureOf`. */
  readonly signature: string
  /** How many record files there were. */
  readonly fileCount: number
  /** Names of those files that the log does not vouch for: refused, broken, or changed a moment before. */
  readonly unsettled: readonly string[]
  /** Where the next slice begins: an offset in the log, 0 for its start. */
  readonly sliceStart: number
}

const APPEND = fs.constants.O_RDWR | fs.constants.O_APPEND | (fs.constants.O_NOFOLLOW ?? 0)
const OVERWRITE = fs.constants.O_WRONLY | (fs.constants.O_NOFOLLOW ?? 0)
const READ = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0)
const PRIVATE = { mode: 0o600 }
const USUAL_CHECKPOINT_BYTES = 1024
const MAX_CHECKPOINT_BYTES = 256 * 1024
const OFFSET_DIGITS = 12
const NOTHING = Buffer.alloc(0)

/**
 * The file that remembers what the hub holds of one directory. ASCII, one line an entry, only ever appended to: a batch
 * costs one write, and a kill loses at most the line that was being written.
 *
 *     muse-coord-sent 1 <generation>
 *     <file name>\t<signature, or ->\t<record id; empty: the file's stem>\t<hash>
 *     =<directory's signature>\t<file count>\t<unsettled file name>…\t<slice start, 12 digits>
 *
 * The last line of a name counts. A line with `=` is a {@link Checkpoint} and counts while it is the last of the file.
 * Any other line is passed over: what is not known is asked again, and that is all that damage costs.
 */
export class SentLog {
  readonly #path: string
  readonly #header: string
  /** The file this object has met. Another one under the same name was begun by another process. */
  #inode = 0
  #size = 0
  /** Where the checkpoint that was found ends. */
  #checkpointEnd = 0

  /** @param generation of the sync state: a log of another one is about a hub that is gone */
  constructor(path: string, generation: string) {
    this.#path = path
    this.#header = `muse-coord-sent 1 ${generation}\n`
  }

  /** The checkpoint at the end, or `null`. Costs one short read whatever the log's length. */
  readCheckpoint(): Checkpoint | null {
    const tail = this.#readLastLine(USUAL_CHECKPOINT_BYTES) ?? this.#readLastLine(MAX_CHECKPOINT_BYTES) ?? ''
    if (!tail.endsWith('\n')) return null
    this.#checkpointEnd = this.#size
    return parseCheckpoint(tail.slice(0, -1))
  }

  readAll(): SentLines {
    return new SentLines(this.#read(() => this.#header.length))
  }

  /**
   * What about `byteCount` bytes from `start` on tell, the newest of each name; outdated ones are among them. And where the
   * next slice begins.
   */
  readSlice(start: number, byteCount: number): { entries: ReadonlyMap<string, SentEntry>; next: number } {
    let from = 0
    const bytes = this.#read((size) => {
      from = start > this.#header.length && start < size ? start : this.#header.length
      return from
    }, byteCount)
    const isLast = from + bytes.length >= this.#size
    const end = isLast ? bytes.length : bytes.lastIndexOf('\n') + 1
    const entries = new Map<string, SentEntry>()
    for (const line of bytes.toString('latin1', 0, end).split('\n')) {
      const entry = parseEntry(line)
      if (entry !== null) entries.set(entry.name, entry)
    }
    return { entries, next: isLast || end === 0 ? 0 : from + end }
  }

  /** Bytes of the log as it was last read. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds entries in one write. Does nothing when another process has begun the log anew since this object met it.
   *
   * @throws `FILE_FAILED`
   */
  append(entries: readonly SentEntry[]): void {
    this.#append(entries.map(entryLine).join(''))
  }

  /** Adds a checkpoint; {@link append} voids it. @throws `FILE_FAILED` */
  appendCheckpoint(checkpoint: Checkpoint): void {
    const line = checkpointLine(checkpoint)
    if (line.length < MAX_CHECKPOINT_BYTES) this.#append(line)
  }

  /** Moves the slice start of the checkpoint that {@link readCheckpoint} found, in its place. @throws `FILE_FAILED` */
  moveSlice(start: number): void {
    try {
      const descriptor = fs.openSync(this.#path, OVERWRITE)
      try {
        if (fs.fstatSync(descriptor).ino !== this.#inode) return
        // Should a line have been added meanwhile, this hits the old checkpoint, which counts no more.
        fs.writeSync(descriptor, offsetText(start), this.#checkpointEnd - OFFSET_DIGITS - 1, 'latin1')
      } finally {
        fs.closeSync(descriptor)
      }
    } catch (error) {
      throw fileError(this.#path, error)
    }
  }

  /** Begins the log anew with these lines and a checkpoint. @throws `FILE_FAILED` */
  rewrite(lines: Iterable<string>, checkpoint: Checkpoint | null): void {
    const end = checkpoint === null ? '' : checkpointLine(checkpoint)
    writeAtomic(this.#path, `${this.#header}${[...lines].map((line) => `${line}\n`).join('')}${end}`, PRIVATE)
    this.#inode = 0
  }

  /** The last line that was begun, or `null` where it is longer than that. */
  #readLastLine(maxBytes: number): string | null {
    let isWhole = false
    const bytes = this.#read((size) => {
      isWhole = size - this.#header.length <= maxBytes
      return isWhole ? this.#header.length : size - maxBytes
    })
    const tail = bytes.toString('latin1')
    const lineEnd = tail.lastIndexOf('\n', tail.length - 2)
    return lineEnd === -1 && !isWhole ? null : tail.slice(lineEnd + 1)
  }

  /** From an offset to the end or for some bytes, and nothing where there is no log of this generation. */
  #read(startOf: (size: number) => number, byteCount = Number.POSITIVE_INFINITY): Buffer {
    let descriptor: number
    try {
      descriptor = fs.openSync(this.#path, READ)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING
      throw fileError(this.#path, error)
    }
    try {
      const { ino, size } = fs.fstatSync(descriptor)
      if (readRange(descriptor, 0, this.#header.length).toString('latin1') !== this.#header) return NOTHING
      this.#inode = ino
      this.#size = size
      const start = startOf(size)
      return readRange(descriptor, start, Math.min(byteCount, size - start))
    } catch (error) {
      throw fileError(this.#path, error)
    } finally {
      fs.closeSync(descriptor)
    }
  }

  #append(text: string): void {
    try {
      if (this.#inode === 0) this.#read(() => 0, 0)
      if (this.#inode === 0) this.#begin()
      const descriptor = fs.openSync(this.#path, APPEND)
      try {
        const { ino, size } = fs.fstatSync(descriptor)
        if (ino !== this.#inode) return
        const isTorn = readRange(descriptor, size - 1, 1).toString('latin1') !== '\n'
        fs.writeFileSync(descriptor, isTorn ? `\n${text}` : text, 'latin1')
      } finally {
        fs.closeSync(descriptor)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw fileError(this.#path, error)
    }
  }

  #begin(): void {
    const isFirst = createExclusive(this.#path, this.#header, PRIVATE)
    this.#read(() => 0, 0)
    if (isFirst || this.#inode !== 0) return
    writeAtomic(this.#path, this.#header, PRIVATE) // what lies there is of another generation, or damaged
    this.#read(() => 0, 0)
  }
}

function checkpointLine({ signature, fileCount, unsettled, sliceStart }: Checkpoint): string {
  return `=${[signature, fileCount, ...unsettled.map(storedName), offsetText(sliceStart)].join('\t')}\n`
}

function parseCheckpoint(line: string): Checkpoint | null {
  const [first = '', fileCount = '', ...rest] = line.split('\t')
  const sliceStart = rest.pop() ?? ''
  const unsettled = rest.map(originalName)
  if (!/^=[\d.:]+$/.test(first) || !/^\d+$/.test(fileCount) || !/^\d{12}$/.test(sliceStart)) return null
  if (!unsettled.every((name) => name !== null)) return null
  return { signature: first.slice(1), fileCount: Number(fileCount), unsettled, sliceStart: Number(sliceStart) }
}

function offsetText(offset: number): string {
  return String(offset).padStart(OFFSET_DIGITS, '0')
}

function readRange(descriptor: number, start: number, byteCount: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, byteCount))
  let length = 0
  while (length < buffer.length) {
    const count = fs.readSync(descriptor, buffer, length, buffer.length - length, start + length)
    if (count === 0) break
    length += count
  }
  return buffer.subarray(0, length)
}
