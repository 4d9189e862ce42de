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
  const silenced = new Map<number, unknown>()
  for (const name of TOLD) {
    const number = parser.constructor[name]
    if (typeof number === 'number' && typeof parser[number] === 'function') silenced.set(number, parser[number])
  }
  for (const number of silenced.keys()) parser[number] = null
  // Node gives its parsers to further connections.
  if (silenced.size > 0) {
    socket.once('close', () => {
      for (const [number, callback] of silenced) parser[number] = callback
    })
  }
}
