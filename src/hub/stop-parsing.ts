import type { Socket } from 'node:net'

/** What of Node's parser is used here; no version of Node promises it. */
interface Parser {
  readonly constructor: Readonly<Record<string, unknown>>
  [callback: number]: unknown
}

/** What a parser tells of, by the names of its numbers. */
const TOLD = ['kOnHeadersComplete', 'kOnBody', 'kOnMessageComplete']

/**
 * Has nothing more made of what came in one read of a connection that is cut. Node parses a read to its end, which are ten thousand
 * chunks or some hundred heads, and makes objects of each; a parser that has nobody to tell makes none. Where Node has no such parser
 * that work is done in vain, as it is without this.
 */
export function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: Parser | null }
  if (!parser) return
  for (const name of TOLD) {
    const number = parser.constructor[name]
    const callback = typeof number === 'number' ? parser[number] : undefined
    if (typeof number !== 'number' || typeof callback !== 'function') continue
    parser[number] = null
    // Node gives its parsers to further connections.
    socket.once('close', () => {
      parser[number] = callback
    })
  }
}
