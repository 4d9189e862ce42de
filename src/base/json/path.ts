import { BACKSLASH } from './tokens.js'

/** Stands in a path for each element of a list. */
export const EACH = null

/** The way to values in a document: names of members, and at most once {@link EACH}. */
export type JsonPath = readonly (string | typeof EACH)[]

/** Where a value begins and where it ends, in bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Notes where the values at a path lie while a scanner goes through a document. A value's depth is the number of objects
 * and lists around it.
 *
 * Of members with one name the last counts, as with `JSON.parse`: what is judged must be what is kept.
 */
export class PathFinder {
  /** One for each element of the list on the path, `undefined` where the element lacks the value; else at most one. */
  readonly spans: (Span | undefined)[] = []
  readonly length: number
  readonly #names: readonly (Uint8Array | typeof EACH)[]
  readonly #depthOfElements: number
  /** How many steps of the path lead to the value that is under way. */
  #matched = 0
  #element = -1
  #start = 0

  constructor(path: JsonPath) {
    this.length = path.length
    this.#names = path.map((step) => (step === EACH ? EACH : Buffer.from(step)))
    this.#depthOfElements = path.indexOf(EACH) + 1
  }

  /** The value to come is a member; its quoted name lies at `start` to `end`. */
  member(depth: number, bytes: Uint8Array, start: number, end: number): void {
    const name = this.#stepTo(depth)
    if (name && isNamed(bytes, start, end, name)) this.#match(depth)
  }

  /** The value to come is an element of a list. */
  element(depth: number): void {
    if (this.#stepTo(depth) === EACH) this.#match(depth)
  }

  begin(depth: number, start: number): void {
    if (this.#isAtEnd(depth)) this.#start = start
  }

  end(depth: number, end: number): void {
    if (this.#isAtEnd(depth)) this.spans[Math.max(this.#element, 0)] = { start: this.#start, end }
  }

  /** The step that leads to a value of this depth; `undefined` where the values around it are not on the path. */
  #stepTo(depth: number): Uint8Array | typeof EACH | undefined {
    this.#matched = Math.min(this.#matched, depth - 1)
    return this.#matched === depth - 1 ? this.#names[depth - 1] : undefined
  }

  #match(depth: number): void {
    this.#matched = depth
    if (depth < this.#depthOfElements || this.#depthOfElements === 0) {
      this.spans.length = 0
      this.#element = -1
      return
    }
    if (depth === this.#depthOfElements) this.#element++
    this.spans[this.#element] = undefined
  }

  #isAtEnd(depth: number): boolean {
    return depth === this.length && this.#matched === depth
  }
}

function isNamed(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const length = end - start - 2
  for (let at = 0; at < length; at++) {
    const byte = bytes[start + 1 + at]
    if (byte === BACKSLASH) return isNamedOtherwise(bytes, start, end, name)
    if (byte !== name[at]) return false
  }
  return length === name.length
}

/** A name may be spelt with escapes. */
function isNamedOtherwise(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const quoted = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
  return Buffer.from(JSON.parse(quoted)).equals(name)
}
