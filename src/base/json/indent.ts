import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, endOfString, OPEN_LIST, OPEN_OBJECT, QUOTE } from './tokens.js'

/** A JSON text without blanks, laid out as `JSON.stringify(value, null, 2)` lays it out, each token as it is spelt. */
export function indented(text: string): string {
  const bytes = Buffer.from(text)
  const parts: string[] = []
  let depth = 0
  let from = 0
  const put = (until: number, then: string) => {
    parts.push(bytes.toString('utf8', from, until), then)
    from = until
  }
  const line = () => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at) - 1
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const next = bytes[at + 1]
      if (next === CLOSE_OBJECT || next === CLOSE_LIST) at++
      else {
        depth++
        put(at + 1, line())
      }
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--
      put(at, line())
    } else if (byte === COMMA) put(at + 1, line())
    else if (byte === COLON) put(at + 1, ' ')
  }
  return parts.join('') + bytes.toString('utf8', from)
}
