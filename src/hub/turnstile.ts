interface Waiting {
  readonly bytes: number
  enter(): void
}

/** Lets so much work in at once, measured in bytes. The rest waits, and enters by turns of those who wait. */
export class Turnstile {
  readonly #limit: number
  /** Who waits, in the order of their next turns, each with what it wants to bring in. */
  readonly #waiting = new Map<string, Waiting[]>()
  #inside = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Resolves when there is room, or nobody else inside. To be called once the work is done: what it resolves with.
   *
   * @param who whose work it is: as `nameOf` names it
   */
  async enter(who: string, bytes: number): Promise<() => void> {
    if (this.#waiting.size > 0 || !this.#hasRoom(bytes)) await this.#turnOf(who, bytes)
    else this.#inside += bytes
    let isInside = true
    return () => {
      if (isInside) this.#leave(bytes)
      isInside = false
    }
  }

  #turnOf(who: string, bytes: number): Promise<void> {
    return new Promise((enter) => {
      const own = this.#waiting.get(who)
      if (own === undefined) this.#waiting.set(who, [{ bytes, enter }])
      else own.push({ bytes, enter })
    })
  }

  #leave(bytes: number): void {
    this.#inside -= bytes
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      const [who, own] = next
      const first = own[0] as Waiting
      if (!this.#hasRoom(first.bytes)) return
      own.shift()
      this.#waiting.delete(who)
      if (own.length > 0) this.#waiting.set(who, own)
      // Counted here: whoever is let in runs a turn later.
      this.#inside += first.bytes
      first.enter()
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#inside === 0 || this.#inside + bytes <= this.#limit
  }
}
