import type { ServerResponse } from 'node:http'

/**
 * Server-sent events to one reader, who may be slow: only the newest cursor is kept for it, and a reader that takes
 * nothing for two comments in a row is let go. So it never holds up more than what a socket buffers.
 */
export class EventStream {
  readonly #response: ServerResponse
  readonly #epochNow: () => string
  #epoch: string
  #sent: number
  #newest: number
  #missedComments = 0
  /** Something is to be told although the end of the space is the one that was told last. */
  #isUntold = false
  #follows = true

  /**
   * @param epochNow of the store
   * @param sinceId up to where the reader knows the space
   */
  constructor(response: ServerResponse, epochNow: () => string, sinceId: number) {
    this.#response = response
    this.#epochNow = epochNow
    this.#epoch = epochNow()
    this.#sent = sinceId
    this.#newest = sinceId
    response.on('drain', () => this.#flush())
  }

  /** Tells the reader that the space now ends at this id, unless it knows. */
  cursor(lastId: number): void {
    if (lastId <= this.#newest) return
    this.#newest = lastId
    this.#flush()
  }

  /** The same after a look into the store: of another epoch the end is told in any case, for it may be an earlier one. */
  found(lastId: number): void {
    if (this.#epochNow() === this.#epoch) {
      this.cursor(lastId)
      return
    }
    this.#tell(lastId)
  }

  /** Tells the reader where the space ends, and that what it has seen is of another history: it begins anew. */
  startOver(lastId: number): void {
    this.#follows = false
    this.#tell(lastId)
  }

  #tell(lastId: number): void {
    this.#newest = lastId
    this.#epoch = this.#epochNow()
    this.#isUntold = true
    this.#flush()
  }

  /** Keeps the connection alive through proxies, and finds out whether the reader still takes anything. */
  comment(): void {
    const { writableNeedDrain, writableEnded } = this.#response
    // One that has ended waits only for its reader to take the rest.
    if (!writableNeedDrain && !writableEnded) {
      this.#missedComments = 0
      this.#response.write(': still here\n\n')
    } else if (++this.#missedComments === 2) {
      this.#response.destroy()
    }
  }

  end(): void {
    this.#response.end()
  }

  #flush(): void {
    const isNews = this.#newest !== this.#sent || this.#isUntold
    if (!isNews || this.#response.writableNeedDrain || this.#response.writableEnded) return
    this.#sent = this.#newest
    this.#isUntold = false
    this.#epoch = this.#epochNow()
    const data = JSON.stringify({ cursor: this.#sent, epoch: this.#epoch, ...(!this.#follows && { follows: false }) })
    this.#follows = true
    this.#response.write(`event: cursor\nid: ${this.#sent}\ndata: ${data}\n\n`)
  }
}
