import { HASH_LENGTH, originalName, parseEntry, type SentEntry } from './sent-entry.js'

/**
 * The entries in a text of the log, the newest of each name. For the sake of one new file a hundred thousand of these are
 * read: of each only the name is taken out, and where its line begins.
 */
export class SentLines {
  /** Lines that there are, outdated and damaged ones among them. */
  readonly lineCount: number
  readonly #text: string
  readonly #starts = new Map<string, number>()
  /** Names of files that are not called as the record that they hold. */
  readonly #calledOtherwise = new Set<string>()

  constructor(text: string) {
    this.#text = text
    this.lineCount = this.#index()
  }

  has(name: string): boolean {
    return this.#starts.has(name)
  }

  names(): Iterable<string> {
    return this.#starts.keys()
  }

  /** The line that counts, without its end. */
  line(name: string): string | undefined {
    const start = this.#starts.get(name)
    return start === undefined ? undefined : this.#text.slice(start, this.#endOf(start))
  }

  entry(name: string): SentEntry | undefined {
    const line = this.line(name)
    return line === undefined ? undefined : parseEntry(line)
  }

  /** Whether a file is as it was when it was read. Costs no parsing: a thousand registers are asked after at a time. */
  vouchesFor(name: string, signature: string): boolean {
    const start = this.#starts.get(name)
    return start !== undefined && this.#text.startsWith(`${signature}\t`, this.#text.indexOf('\t', start) + 1)
  }

  /** Of files that are not called as the record that they hold. */
  *calledOtherwise(): Generator<SentEntry> {
    for (const name of this.#calledOtherwise) {
      const entry = this.entry(name)
      if (entry !== undefined && name !== `${entry.recordId}.json`) yield entry
    }
  }

  /** Four fields, the last of a fixed length, so that a line that was cut off shows. */
  #index(): number {
    const text = this.#text
    let count = 0
    let first = -1
    for (let start = 0; start < text.length; count++) {
      const end = this.#endOf(start)
      if (first < start) first = text.indexOf('\t', start)
      if (first === -1) first = text.length
      if (first > start && first < end && text[start] !== '=') {
        const second = text.indexOf('\t', first + 1)
        const third = text.indexOf('\t', second + 1)
        const name = third === end - HASH_LENGTH - 1 ? originalName(text.slice(start, first)) : null
        if (name !== null) {
          this.#starts.set(name, start)
          if (third > second + 1) this.#calledOtherwise.add(name)
        }
      }
      start = end + 1
    }
    return count
  }

  #endOf(start: number): number {
    const end = this.#text.indexOf('\n', start)
    return end === -1 ? this.#text.length : end
  }
}
