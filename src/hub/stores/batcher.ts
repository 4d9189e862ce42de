interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (reason: unknown) => void
}

interface BatcherOptions<Key, Item, Result> {
  /** Does items of one key together, all or nothing; gives one result for each, in order. */
  commit: (key: Key, items: readonly Item[]) => Promise<readonly Result[]>
  /** The most items of a batch. */
  limit: number
  /** Whether a fault may be that of a single item: then all are done again one by one, and only that one fails. */
  isOfOne: (thrown: unknown) => boolean
}

/** Gathers items that come while others of their key are under way: what waits for a commit shares the next. */
export class Batcher<Key, Item, Result> {
  readonly #options: BatcherOptions<Key, Item, Result>
  readonly #waiting = new Map<Key, Waiting<Item, Result>[]>()
  readonly #running = new Set<Promise<void>>()

  constructor(options: BatcherOptions<Key, Item, Result>) {
    this.#options = options
  }

  add(key: Key, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const one = { item, resolve, reject }
      const waiting = this.#waiting.get(key)
      if (waiting !== undefined) {
        waiting.push(one)
        return
      }
      const started = [one]
      this.#waiting.set(key, started)
      const running = this.#run(key, started)
      this.#running.add(running)
      void running.then(() => this.#running.delete(running))
    })
  }

  /** Resolves when all that was added until now is done. */
  async drained(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #run(key: Key, waiting: Waiting<Item, Result>[]): Promise<void> {
    while (waiting.length > 0) await this.#do(key, waiting.splice(0, this.#options.limit))
    this.#waiting.delete(key)
  }

  async #do(key: Key, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const items = batch.map(({ item }) => item)
    try {
      const results = await this.#options.commit(key, items)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (thrown) {
      if (batch.length > 1 && this.#options.isOfOne(thrown)) for (const one of batch) await this.#do(key, [one])
      else for (const { reject } of batch) reject(thrown)
    }
  }
}
