/**
 * Lets one part of bulk work begin in each turn of the event loop. Whatever else has arrived by then is served first, so a small
 * request waits at each of its steps for one part, however many ask for pages or send large bodies. Those who wait get
 * their parts by turns, however many parts each of them waits for.
 */
export class BulkTurns {
  /** Who waits, in the order of their next turns, each with what waits for it. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #isRunning = false

  /**
   * Resolves when the next part may begin.
   *
   * @param who for whom it is done: as `nameOf` names it
   */
  next(who: string): Promise<void> {
    return new Promise((begin) => {
      const own = this.#waiting.get(who)
      if (own === undefined) this.#waiting.set(who, [begin])
      else own.push(begin)
      if (this.#isRunning) return
      this.#isRunning = true
      setImmediate(() => this.#run())
    })
  }

  #run(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#isRunning = false
      return
    }
    const [who, parts] = first
    const begin = parts.shift() as () => void
    this.#waiting.delete(who)
    if (parts.length > 0) this.#waiting.set(who, parts)
    begin()
    setImmediate(() => this.#run())
  }
}
