const MINUTE_SECONDS = 60

/** Beyond that the longest unseen is forgotten. */
const NAMES = 20_000

/** Bounds how many bytes one name may send in a minute; a minute's worth may come at once. */
export class ByteRate {
  readonly #perSecond: number
  /** When each will have made up for what it sent: monotonic seconds. */
  readonly #paidAt = new Map<string, number>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /**
   * Counts bytes that were sent. One body may pass the bound: the next one has to wait.
   *
   * @returns seconds to wait before these may be sent; 0: they count, and may pass
   */
  count(name: string, bytes: number): number {
    const now = performance.now() / 1000
    const paidAt = Math.max(now, this.#paidAt.get(name) ?? 0)
    const wait = paidAt - now - MINUTE_SECONDS
    if (wait > 0) return Math.ceil(wait)
    this.#paidAt.delete(name)
    this.#paidAt.set(name, paidAt + bytes / this.#perSecond)
    const [oldest] = this.#paidAt.keys()
    if (this.#paidAt.size > NAMES && oldest !== undefined) this.#paidAt.delete(oldest)
    return 0
  }
}
