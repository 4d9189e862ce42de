/**
 * Lets one part of bulk work begin in each turn of the event loop, in order of arrival. Whatever else has arrived by then is
 * served first, so a small request waits at each of its steps for one part, however many readers ask for pages.
 */
export class BulkTurns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when the next part may begin. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return this.#last
  }
}
