const MINUTE_SECONDS = 60

/** Beyond that the longest unseen is forgotten. */
const NAMES = 20_000

/** Bounds how many bytes one name may send, or take, in a minute; a minute's worth may come at once. */
export class ByteRate {
  readonly #perSecond: number
  /** When each will have made up for its bytes: monotonic seconds. */
  readonly #paidAt = new Map<string, number>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Seconds to wait before further bytes; 0: they may pass. One body may pass the bound, and the next one has to wait. */
  wait(name: string): number {
    const wait = (this.#paidAt.get(name) ?? 0) - performance.now() / 1000 - MINUTE_SECONDS
    return Math.max(0, Math.ceil(wait))
  }

  /** Counts bytes that passed. */
  count(name: string, bytes: number): void {
    const paidAt = Math.max(performance.now() / 1000, this.#paidAt.get(name) ?? 0)
    this.#paidAt.delete(name)
    this.#paidAt.set(name, paidAt + bytes / this.#perSecond)
    const [oldest] = this.#paidAt.keys()
    if (this.#paidAt.size > NAMES && oldest !== undefined) this.#paidAt.delete(oldest)
  }
}
