/** Lets so much work in at once, measured in bytes; the rest waits in order of arrival. */
export class Turnstile {
  readonly #limit: number
  readonly #waiting: { bytes: number; enter: () => void }[] = []
  #inside = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Resolves when there is room, or nobody else inside. To be called once the work is done: what it resolves with. */
  async enter(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes))
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }))
    else this.#inside += bytes
    let isInside = true
    return () => {
      if (isInside) this.#leave(bytes)
      isInside = false
    }
  }

  #leave(bytes: number): void {
    this.#inside -= bytes
    for (let [first] = this.#waiting; first !== undefined && this.#hasRoom(first.bytes); [first] = this.#waiting) {
      this.#waiting.shift()
      // Counted here: whoever is let in runs a turn later.
      this.#inside += first.bytes
      first.enter()
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#inside === 0 || this.#inside + bytes <= this.#limit
  }
}
