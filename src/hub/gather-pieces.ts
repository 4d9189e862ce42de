import type { IncomingMessage, Server } from 'node:http'

/** Pieces beyond so many, or with so many bytes together, are handed on. */
const MOST_PIECES = 64
const MOST_BYTES = 4096

/** Of a body with more pieces than this, each has so many bytes at least, on average. */
const MOST_TINY_PIECES = 4096
const TINY_BYTES = 8

/**
 * Has the smallest pieces of a body handed on together, whoever reads it and however late. A chunk may be a single byte, Node makes
 * of each a buffer with some hundred bytes around it, and one read of a socket brings ten thousand of them. Who goes on like that is cut
 * off: only to find the next one costs more than to send it.
 */
export function gatherPieces(server: Server): void {
  // Before all others: a body may be read as soon as somebody hears of its request.
  server.prependListener('request', (request: IncomingMessage) => {
    const push = request.push.bind(request)
    let pieces: Buffer[] = []
    let bytes = 0
    let allPieces = 0
    let allBytes = 0
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
      allPieces += 1
      allBytes += piece.length
      if (allPieces > MOST_TINY_PIECES && allBytes < allPieces * TINY_BYTES) {
        request.destroy()
        return false
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
