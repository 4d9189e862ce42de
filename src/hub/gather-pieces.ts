import { IncomingMessage } from 'node:http'
import { stopParsing } from './stop-parsing.js'

/** Pieces beyond so many, or with so many bytes together, are handed on. */
const MOST_PIECES = 64
const MOST_BYTES = 4096

/** Of a body with more pieces than this, each has so many bytes at least, on average. */
const MOST_TINY_PIECES = 4096
const TINY_BYTES = 8

/** What has come of a body, and what of it waits to be handed on. */
class Pieces {
  waiting: Buffer[] = []
  bytes = 0
  #all = 0
  #allBytes = 0

  /** Whether they go on to be as small as nobody sends them. */
  add(piece: Buffer): boolean {
    this.#all += 1
    this.#allBytes += piece.length
    this.waiting.push(piece)
    this.bytes += piece.length
    return this.#all > MOST_TINY_PIECES && this.#allBytes < this.#all * TINY_BYTES
  }

  get isEnough(): boolean {
    return this.waiting.length === MOST_PIECES || this.bytes >= MOST_BYTES
  }

  take(): Buffer | undefined {
    const { waiting } = this
    this.waiting = []
    this.bytes = 0
    return waiting.length > 1 ? Buffer.concat(waiting) : waiting[0]
  }
}

/**
 * A request that has the smallest pieces of its body handed on together, whoever reads it and however late. A chunk may be a single
 * byte, Node makes of each a buffer with some hundred bytes around it, and one read of a socket brings ten thousand of them. Who goes on
 * like that is cut off: only to find the next one costs more than to send it.
 */
export class GatheredRequest extends IncomingMessage {
  /** Nothing for a request without a body. */
  #pieces: Pieces | undefined

  override push(piece: Buffer | null): boolean {
    if (piece === null) {
      this.#flush()
      return super.push(null)
    }
    this.#pieces ??= new Pieces()
    const pieces = this.#pieces
    // What stays alone when all that has arrived is through.
    if (pieces.waiting.length === 0) setImmediate(() => this.#flush())
    if (pieces.add(piece)) {
      stopParsing(this.socket)
      this.destroy()
      return false
    }
    if (pieces.isEnough) this.#flush()
    return this.readableLength + pieces.bytes < this.readableHighWaterMark
  }

  #flush(): void {
    const piece = this.#pieces?.take()
    if (piece !== undefined) super.push(piece)
  }
}
