import { refusal } from './refusal.js'

/** What one may have waiting: clients send a few at once. Each is kept with its request until then, and more bring nobody in sooner. */
const MOST_WAITING = 64

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
   * Resolves when there is room, or nobody else inside. To be called once the work is done: what it resolves with. Rejects with
   * `HUB_BUSY` where too much waits for the same one.
   *
   * @param who whose work it is: as `nameOf` names it
   * @param onGone is given what to call when nobody waits for it any more: then it rejects with `BODY_INVALID`, unless it is in
   */
  async enter(who: string, bytes: number, onGone: (leave: () => void) => void = () => {}): Promise<() => void> {
    if (this.#waiting.size > 0 || !this.#hasRoom(bytes)) await this.#turnOf(who, bytes, onGone)
    else this.#inside += bytes
    let isInside = true
    return () => {
      if (isInside) this.#leave(bytes)
      isInside = false
    }
  }

  #turnOf(who: string, bytes: number, onGone: (leave: () => void) => void): Promise<void> {
    return new Promise((enter, reject) => {
      const one: Waiting = { bytes, enter }
      const own = this.#waiting.get(who)
      if (own === undefined) this.#waiting.set(who, [one])
      else if (own.length < MOST_WAITING) own.push(one)
      else {
        reject(refusal('HUB_BUSY'))
        return
      }
      // What it wants to bring in is in memory until then.
      onGone(() => {
        if (!this.#remove(who, one)) return
        reject(refusal('BODY_INVALID', 'its connection broke off.'))
        // Those behind it may need less room.
        this.#admit()
      })
    })
  }

  #remove(who: string, one: Waiting): boolean {
    const own = this.#waiting.get(who) ?? []
    const index = own.indexOf(one)
    if (index < 0) return false
    own.splice(index, 1)
    if (own.length === 0) this.#waiting.delete(who)
    return true
  }

  #leave(bytes: number): void {
    this.#inside -= bytes
    this.#admit()
  }

  /** Lets in whoever has the next turns, as far as there is room. */
  #admit(): void {
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
