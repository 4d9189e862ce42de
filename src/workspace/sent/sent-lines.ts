import { HASH_LENGTH, parseEntry, type SentEntry, storedName } from './sent-entry.js'

const TAB = 9
const LINE_END = 10
const CHECKPOINT = '='.charCodeAt(0)
const NO_SIGNATURE = '-'.charCodeAt(0)

/** FNV-1a's. */
const FACTOR = 0x01000193

/**
 * The entries in a part of the log, the newest of each name. The bytes stay as they were read, and beside them stands a
 * table of where the lines begin, by the hash of their names: for the sake of one new file a hundred thousand entries are
 * read, and strings in a `Map` take half as long again and thrice the room.
 */
export class SentLines {
  /** Lines that there are, outdated and damaged ones among them. */
  readonly lineCount: number
  readonly #bytes: Buffer
  /** Where a line begins, and 1 more; 0: nothing. At most half full, so that a search ends soon. */
  readonly #table: Int32Array
  /** Where those lines begin that name their record id, because the file's name does not. */
  readonly #otherwise: number[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.lineCount = countLines(bytes)
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(this.lineCount + 1) + 1))
    this.#index()
  }

  /** Whether a file is known, and was old enough to be known again by its signature. */
  trusts(name: string): boolean {
    const start = this.#find(name)
    return start !== -1 && this.#bytes[this.#bytes.indexOf(TAB, start) + 1] !== NO_SIGNATURE
  }

  /** The line that counts, without its end. */
  line(name: string): string | undefined {
    const start = this.#find(name)
    return start === -1 ? undefined : this.#lineAt(start)
  }

  entry(name: string): SentEntry | null {
    const line = this.line(name)
    return line === undefined ? null : parseEntry(line)
  }

  /** Whether a file is as it was when it was read. */
  vouchesFor(name: string, signature: string): boolean {
    const line = this.line(name)
    return line?.startsWith(`${signature}\t`, line.indexOf('\t') + 1) === true
  }

  /** All of them, in the order of the log. */
  *entries(): Generator<SentEntry> {
    for (const slot of this.#table.filter((slot) => slot !== 0).sort()) {
      const entry = parseEntry(this.#lineAt(slot - 1))
      if (entry !== null) yield entry
    }
  }

  /** Those of files that are not called as the record that they hold. */
  *calledOtherwise(): Generator<SentEntry> {
    for (const start of this.#otherwise) {
      const entry = parseEntry(this.#lineAt(start))
      if (entry !== null && this.#find(entry.name) === start) yield entry
    }
  }

  #index(): void {
    const bytes = this.#bytes
    let first = -1
    for (let start = 0; start < bytes.length; ) {
      const end = endOfLine(bytes, start)
      if (first < start) first = indexOf(bytes, TAB, start)
      if (first > start && first < end && bytes[start] !== CHECKPOINT) {
        const second = indexOf(bytes, TAB, first + 1)
        const third = indexOf(bytes, TAB, second + 1)
        // Four fields, the last of a fixed length, so that a line that was cut off shows.
        if (third === end - HASH_LENGTH - 1) {
          this.#table[this.#slotOf(start, first)] = start + 1
          if (third > second + 1) this.#otherwise.push(start)
        }
      }
      start = end + 1
    }
  }

  /** The slot of the name from `start` to `end`, or the empty one where it belongs. */
  #slotOf(start: number, end: number): number {
    const bytes = this.#bytes
    let hash = 0
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), FACTOR)
    for (let slot = this.#firstSlot(hash); ; slot = this.#nextSlot(slot)) {
      const other = (this.#table[slot] as number) - 1
      if (other === -1) return slot
      let length = 0
      while (start + length < end && bytes[start + length] === bytes[other + length]) length += 1
      if (start + length === end && bytes[other + length] === TAB) return slot
    }
  }

  /** Where the line of a name begins, or -1. */
  #find(name: string): number {
    const stored = storedName(name)
    const bytes = this.#bytes
    let hash = 0
    for (let at = 0; at < stored.length; at++) hash = Math.imul(hash ^ stored.charCodeAt(at), FACTOR)
    for (let slot = this.#firstSlot(hash); ; slot = this.#nextSlot(slot)) {
      const start = (this.#table[slot] as number) - 1
      if (start === -1) return -1
      let length = 0
      while (length < stored.length && bytes[start + length] === stored.charCodeAt(length)) length += 1
      if (length === stored.length && bytes[start + length] === TAB) return start
    }
  }

  #firstSlot(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#table.length - 1)
  }

  #nextSlot(slot: number): number {
    return (slot + 1) & (this.#table.length - 1)
  }

  #lineAt(start: number): string {
    return this.#bytes.toString('latin1', start, endOfLine(this.#bytes, start))
  }
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let start = 0; start < bytes.length; start = endOfLine(bytes, start) + 1) count += 1
  return count
}

function endOfLine(bytes: Buffer, start: number): number {
  return indexOf(bytes, LINE_END, start)
}

/** Where a byte is found, or the length. */
function indexOf(bytes: Buffer, byte: number, start: number): number {
  const index = bytes.indexOf(byte, start)
  return index === -1 ? bytes.length : index
}
