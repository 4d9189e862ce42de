import type { Span } from './path.js'
import { BACKSLASH, QUOTE } from './tokens.js'

const SPACE = 0x20

/**
 * The text of a JSON document or of a value in it, each token as it is spelt and no blanks between them.
 *
 * @param bytes what a scan found nothing wrong with
 */
export function compactText(bytes: Uint8Array, { start, end }: Span = { start: 0, end: bytes.length }): string {
  const compact = Buffer.allocUnsafe(end - start)
  let length = 0
  let isInString = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte <= SPACE && !isInString) continue
    compact[length++] = byte
    if (byte === QUOTE) isInString = !isInString
    else if (byte === BACKSLASH) compact[length++] = bytes[++at] as number // Only strings hold one.
  }
  return compact.toString('utf8', 0, length)
}
