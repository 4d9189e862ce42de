/** Parts that are under way at once: while a database reads one, the one before it is made JSON. */
const MOST_UNDER_WAY = 2

interface Part {
  /** It may take longer than its turn, as what a database elsewhere does. */
  readonly isLong: boolean
  begin(): void
}

/**
 * Lets one part of bulk work begin in each turn of the event loop, and of those that take longer than that two go on at once.
 * Whatever else has arrived by then is served first, so a small request waits at each of its steps for one part, however many
 * ask for pages or send large bodies. Those who wait get their parts by turns, however many parts each of them waits for.
 */
export class BulkTurns {
  /** Who waits, in the order of their next turns, each with what waits for it. */
  readonly #waiting = new Map<string, Part[]>()
  #underWay = 0
  #isRunning = false

  /**
   * Resolves when the next part may begin, which is to be done at once.
   *
   * @param who for whom it is done: as `nameOf` names it
   */
  next(who: string): Promise<void> {
    return this.#turnOf(who, false)
  }

  /** Does a part that may wait for others, when its turn has come. */
  async do<T>(who: string, part: () => Promise<T>): Promise<T> {
    await this.#turnOf(who, true)
    try {
      return await part()
    } finally {
      this.#underWay -= 1
      this.#start()
    }
  }

  #turnOf(who: string, isLong: boolean): Promise<void> {
    return new Promise((begin) => {
      const own = this.#waiting.get(who)
      if (own === undefined) this.#waiting.set(who, [{ isLong, begin }])
      else own.push({ isLong, begin })
      this.#start()
    })
  }

  #start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    const next = this.#takeNext()
    this.#isRunning = next !== undefined
    if (next === undefined) return
    if (next.isLong) this.#underWay += 1
    next.begin()
    setImmediate(() => this.#run())
  }

  /** The first part that may begin of whoever has the next turn. */
  #takeNext(): Part | undefined {
    for (const [who, parts] of this.#waiting) {
      const index = parts.findIndex(({ isLong }) => !isLong || this.#underWay < MOST_UNDER_WAY)
      const [part] = index < 0 ? [] : parts.splice(index, 1)
      if (part === undefined) continue
      this.#waiting.delete(who)
      if (parts.length > 0) this.#waiting.set(who, parts)
      return part
    }
    return undefined
  }
}
