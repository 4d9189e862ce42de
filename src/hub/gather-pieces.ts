import type { IncomingMessage, Server } from 'node:http'

/** Pieces beyond so many, or with so many bytes together, are handed on. */
const MOST_PIECES = 64
const MOST_BYTES = 4096

/**
 * Has the smallest pieces of a body handed on together, whoever reads it and however late. A chunk may be a single byte, Node makes
 * of each a buffer with some hundred bytes around it, and one read of a socket brings ten thousand of them.
 */
export function gatherPieces(server: Server): void {
  // Before all others: a body may be read as soon as somebody hears of its request.
  server.prependListener('request', (request: IncomingMessage) => {
    const push = request.push.bind(request)
    let pieces: Buffer[] = []
    let bytes = 0
    const flush = (): void => {
      if (pieces.length > 0) push(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))
      pieces = []
      bytes = 0
    }
    request.push = (piece: Buffer | null) => {
      if (piece === null) {
        flush()
        return push(null)
      }
      // What stays alone when all that has arrived is through.
      if (pieces.length === 0) setImmediate(flush)
      pieces.push(piece)
      bytes += piece.length
      if (pieces.length === MOST_PIECES || bytes >= MOST_BYTES) flush()
      return request.readableLength + bytes < request.readableHighWaterMark
    }
  })
}
