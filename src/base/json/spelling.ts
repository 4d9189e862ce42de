import { CLOSE_LIST, CLOSE_OBJECT, COMMA, endOfString, OPEN_LIST, OPEN_OBJECT, QUOTE } from './tokens.js'

/** A JSON document: its value, and the text that it stands in, without blanks between tokens. */
export interface Spelt {
  readonly value: unknown
  readonly text: string
}

/**
 * The text of a value that was made from what others wrote: where it says what one of their documents says at the same
 * place, it is spelt as that one spells it, so that `1.50` stays `1.50`; the rest as `JSON.stringify` does. Without blanks.
 *
 * @param documents the first that says the same counts
 */
export function spelledLike(value: unknown, documents: readonly Spelt[]): string {
  const plain = JSON.stringify(value)
  const same = documents.find((document) => JSON.stringify(document.value) === plain)
  if (same !== undefined) return same.text
  const objects = isObject(value) ? documents.flatMap((document) => membersOf(document) ?? []) : []
  if (objects.length === 0) return plain
  const members = Object.entries(value as object)
    // JSON knows no such value, and leaves the member out.
    .filter(([, item]) => JSON.stringify(item) !== undefined)
    .map(([name, item]) => {
      const found = objects.flatMap((members) => members.get(name) ?? [])
      return `${JSON.stringify(name)}:${spelledLike(item, found)}`
    })
  return `{${members.join(',')}}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of members with one name the last counts, as with `JSON.parse`. */
function membersOf({ value, text }: Spelt): ReadonlyMap<string, Spelt> | null {
  if (!isObject(value)) return null
  const bytes = Buffer.from(text)
  const members = new Map<string, Spelt>()
  for (let at = 1; bytes[at] === QUOTE; ) {
    const colon = endOfString(bytes, at)
    const name: string = JSON.parse(bytes.toString('utf8', at, colon))
    const end = endOfValue(bytes, colon + 1)
    members.set(name, { value: value[name], text: bytes.toString('utf8', colon + 1, end) })
    at = end + 1
  }
  return members
}

function endOfValue(bytes: Uint8Array, start: number): number {
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at) - 1
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT)) return at
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
  }
  return bytes.length
}
