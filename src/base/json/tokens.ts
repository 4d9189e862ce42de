/**
 * The tokens of JSON (RFC 8259), as bytes of UTF-8. Each function is told where a token begins and gives where it ends, or
 * the bitwise complement of the place where it breaks off: a negative number.
 */

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

export const BACKSLASH = 0x5c
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const SPACE = 0x20
const SMALL_E = 0x65
const LARGE_E = 0x45
const SMALL_U = 0x75

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word))
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))
const HEX_DIGITS = 4

/** Where the blanks end that begin at a place; the place itself where there are none. */
export function endOfBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

/** The end of a string whose opening quote stands at `start`: just behind its closing one. */
export function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at + 1
    if (byte < SPACE) return ~at
    if (byte !== BACKSLASH) continue
    at++
    if (at >= bytes.length) break
    if (bytes[at] === SMALL_U) {
      for (const end = at + HEX_DIGITS; at < end; ) {
        at++
        if (at >= bytes.length || !isHexDigit(bytes[at] as number)) return ~Math.min(at, bytes.length)
      }
    } else if (!SIMPLE_ESCAPES.has(bytes[at] as number)) return ~at
  }
  return ~bytes.length
}

/** The end of a number or of one of the words `true`, `false`, `null`. */
export function endOfPlainValue(bytes: Uint8Array, start: number): number {
  const byte = bytes[start] as number
  if (byte === MINUS || isDigit(byte)) return endOfNumber(bytes, start)
  for (const word of WORDS) {
    if (word[0] !== byte) continue
    for (let at = 1; at < word.length; at++) if (bytes[start + at] !== word[at]) return ~(start + at)
    return start + word.length
  }
  return ~start
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  if (bytes[at] === ZERO) at++
  else at = endOfDigits(bytes, at)
  if (at >= 0 && bytes[at] === DOT) at = endOfDigits(bytes, at + 1)
  if (at >= 0 && (bytes[at] === SMALL_E || bytes[at] === LARGE_E)) {
    at++
    if (bytes[at] === PLUS || bytes[at] === MINUS) at++
    at = endOfDigits(bytes, at)
  }
  return at
}

/** At least one digit. */
function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && isDigit(bytes[at] as number)) at++
  return at === start ? ~at : at
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}
