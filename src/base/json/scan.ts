import { isUtf8 } from 'node:buffer'
import { type JsonPath, PathFinder, type Span } from './path.js'
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfBlanks,
  endOfPlainValue,
  endOfString,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './tokens.js'

/** What a document may be at most. What is left out is not bounded. */
export interface JsonLimits {
  /** Levels of objects and lists. */
  readonly depth?: number
  /** Values of every kind, at every level. */
  readonly values?: number
  /** Bytes of one string or name, as it is spelt, without its quotes. */
  readonly stringBytes?: number
  /** Elements of the list that a path asked for goes through. */
  readonly elements?: number
}

/** What a document is, found without building it. */
export interface JsonOutline {
  readonly depth: number
  readonly values: number
  readonly stringBytes: number
  /** For each path asked for, where the values at it lie. See {@link PathFinder.spans}. */
  readonly spans: readonly (readonly (Span | undefined)[])[]
}

/** Why bytes are no document that may be read: the rest of a sentence that begins with its name. */
export interface JsonFault {
  readonly fault: string
  /** The limit that was passed; `null`: the bytes are no JSON. */
  readonly limit: keyof JsonLimits | null
}

/** The most levels that objects and lists of a payload may be nested: what is deeper was made to break its readers. */
export const MAX_DEPTH = 200

/**
 * Goes through the bytes of a JSON document and tells what it is. Takes what `JSON.parse` takes and nothing else, at about
 * its speed, in memory that grows with the depth alone; so limits are judged before anything is built.
 */
export function scanJson(
  bytes: Uint8Array,
  limits: JsonLimits = {},
  paths: readonly JsonPath[] = [],
): JsonOutline | JsonFault {
  const fault = faultOfEncoding(bytes)
  if (fault !== null) return fault
  const scan = new Scan(bytes, limits, paths)
  scan.step(Number.POSITIVE_INFINITY)
  return scan.outline()
}

/**
 * As {@link scanJson}, in turns of a few milliseconds, so that whoever else waits is served between.
 *
 * @param turn resolves when the next one may begin; left out: in the next turn of the event loop
 */
export async function scanJsonInTurns(
  bytes: Uint8Array,
  limits: JsonLimits = {},
  paths: readonly JsonPath[] = [],
  turn: () => Promise<void> = () => new Promise(setImmediate),
): Promise<JsonOutline | JsonFault> {
  const fault = faultOfEncoding(bytes)
  if (fault !== null) return fault
  const scan = new Scan(bytes, limits, paths)
  while (!scan.step(STEPS_A_TURN)) await turn()
  return scan.outline()
}

function faultOfEncoding(bytes: Uint8Array): JsonFault | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return refuse('begins with a byte order mark')
  return isUtf8(bytes) ? null : refuse('is no valid UTF-8')
}

function refuse(fault: string, limit: keyof JsonLimits | null = null): JsonFault {
  return { fault, limit }
}

/** A value takes two. */
const STEPS_A_TURN = 40_000

/** What follows: a value, whatever may stand behind one, or nothing more. */
type Next = 'value' | 'after a value' | 'end'

/** One pass over a document. */
class Scan {
  readonly #finders: readonly PathFinder[]
  /** Values that lie deeper are on no path. */
  readonly #reach: number
  /** What closes each of the objects and lists around the place. */
  readonly #closers: number[] = []
  #next: Next = 'value'
  #at = 0
  #values = 0
  #depth = 0
  #stringBytes = 0
  #fault: JsonFault | null = null

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: JsonLimits,
    paths: readonly JsonPath[],
  ) {
    this.#finders = paths.map((path) => new PathFinder(path))
    this.#reach = Math.max(-1, ...paths.map(({ length }) => length))
  }

  /** Goes on by at most so many steps; tells whether this is the end. */
  step(steps: number): boolean {
    let next = this.#next
    for (let left = steps; next !== 'end' && left > 0; left--) {
      next = next === 'value' ? this.#value() : this.#afterValue()
    }
    this.#next = next
    return next === 'end'
  }

  /** What was found, at the end. */
  outline(): JsonOutline | JsonFault {
    if (this.#fault !== null) return this.#fault
    const spans = this.#finders.map((finder) => finder.spans)
    return { depth: this.#depth, values: this.#values, stringBytes: this.#stringBytes, spans }
  }

  #value(): Next {
    const { bytes, limits } = this
    const start = endOfBlanks(bytes, this.#at)
    const depth = this.#closers.length
    this.#values++
    if (limits.values !== undefined && this.#values > limits.values) {
      return this.#refuse(`holds more than ${limits.values} values`, 'values')
    }
    if (depth <= this.#reach) for (const finder of this.#finders) finder.begin(depth, start)
    const byte = bytes[start]
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) return this.#open(byte, start)
    if (byte === QUOTE) return this.#string(start) ? 'after a value' : 'end'
    const end = endOfPlainValue(bytes, start)
    if (end < 0) return this.#expected('a value', ~end)
    this.#at = end
    return 'after a value'
  }

  #open(byte: number, start: number): Next {
    const closer = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_LIST
    this.#closers.push(closer)
    this.#depth = Math.max(this.#depth, this.#closers.length)
    if (this.limits.depth !== undefined && this.#depth > this.limits.depth) {
      return this.#refuse(`is nested deeper than ${this.limits.depth} levels`, 'depth')
    }
    const inside = endOfBlanks(this.bytes, start + 1)
    return this.bytes[inside] === closer ? this.#close(inside) : this.#nextOf(closer, inside, 'a name or }')
  }

  #close(at: number): Next {
    this.#closers.pop()
    this.#at = at + 1
    return 'after a value'
  }

  #afterValue(): Next {
    const depth = this.#closers.length
    if (depth <= this.#reach) for (const finder of this.#finders) finder.end(depth, this.#at)
    const at = endOfBlanks(this.bytes, this.#at)
    const closer = this.#closers[depth - 1]
    if (closer === undefined) return at === this.bytes.length ? 'end' : this.#expected('the end', at)
    const byte = this.bytes[at]
    if (byte === closer) return this.#close(at)
    if (byte === COMMA) return this.#nextOf(closer, endOfBlanks(this.bytes, at + 1), 'a name')
    return this.#expected(closer === CLOSE_OBJECT ? ', or }' : ', or ]', at)
  }

  /** The member or element of the innermost object or list that begins at a place. */
  #nextOf(closer: number, at: number, expected: string): Next {
    this.#at = at
    const depth = this.#closers.length
    if (closer === CLOSE_LIST) {
      if (depth > this.#reach) return 'value'
      for (const finder of this.#finders) finder.element(depth)
      const { elements } = this.limits
      return elements !== undefined && this.#finders.some(({ spans }) => spans.length > elements)
        ? this.#refuse(`lists more than ${elements} things`, 'elements')
        : 'value'
    }
    if (this.bytes[at] !== QUOTE) return this.#expected(expected, at)
    if (!this.#string(at)) return 'end'
    if (depth <= this.#reach) for (const finder of this.#finders) finder.member(depth, this.bytes, at, this.#at)
    const colon = endOfBlanks(this.bytes, this.#at)
    if (this.bytes[colon] !== COLON) return this.#expected(':', colon)
    this.#at = colon + 1
    return 'value'
  }

  #string(start: number): boolean {
    const end = endOfString(this.bytes, start)
    if (end < 0) {
      this.#expected('the rest of a string', ~end)
      return false
    }
    this.#at = end
    this.#stringBytes = Math.max(this.#stringBytes, end - start - 2)
    const most = this.limits.stringBytes
    if (most === undefined || this.#stringBytes <= most) return true
    this.#refuse(`holds a text of more than ${most} bytes`, 'stringBytes')
    return false
  }

  #expected(what: string, at: number): 'end' {
    const place = placeOf(this.bytes, at)
    const problem = at === this.bytes.length ? `ends where ${what} belongs` : `expected ${what}`
    return this.#refuse(`is no valid JSON: ${problem}, ${place}`)
  }

  #refuse(fault: string, limit: keyof JsonLimits | null = null): 'end' {
    this.#fault = refuse(fault, limit)
    return 'end'
  }
}

function placeOf(bytes: Uint8Array, at: number): string {
  const before = Buffer.from(bytes.buffer, bytes.byteOffset, at).toString()
  const lines = before.split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) as string).length + 1}`
}
