import { setImmediate as nextTurn } from 'node:timers/promises'

export interface GroupCommitOptions<Key, Item, Result> {
  /**
   * Commits items of one key in one transaction, all or nothing; gives one result for each, in the order in which they were taken.
   * It takes them as late as it can. Taken again, there are the light ones that came meanwhile, as far as there is room: so they
   * share the commit of one that has waited for a lock.
   */
  commit(key: Key, take: () => readonly Item[]): Promise<readonly Result[]>
  /** How much of a transaction an item is. Where it throws that item alone fails. */
  weigh(item: Item): number
  /** The most of a transaction; an item that is more goes alone. */
  limit: number
  /** The most while light items come: each may meet one transaction, and waits for it. */
  limitBesideLight: number
  /** What weighs more than this is bulk: what is lighter does not wait for it to be written, but for the one under way. */
  bulk: number
  /** Whether an error may be that of a single item: then each is committed alone, and only the one at fault fails. */
  isOfOne(thrown: unknown): boolean
}

/** Where a light one came, more are taken to come for so long. */
const LIGHT_MILLISECONDS = 2_000

interface Waiting<Item, Result> {
  readonly item: Item
  readonly weight: number
  /** Lighter ones that came later were committed before it. */
  wasPassed: boolean
  resolve(result: Result): void
  reject(reason: unknown): void
}

/**
 * Commits together what comes while another commit of its key is under way: the disk takes as long to make one push durable
 * as to make twenty so. Each caller is answered after the commit that has its item.
 */
export class GroupCommit<Key, Item, Result> {
  readonly #options: GroupCommitOptions<Key, Item, Result>
  readonly #waiting = new Map<Key, Waiting<Item, Result>[]>()
  readonly #running = new Set<Promise<void>>()
  /** When a light one came last, by `performance.now()`. */
  #lightAt = Number.NEGATIVE_INFINITY

  constructor(options: GroupCommitOptions<Key, Item, Result>) {
    this.#options = options
  }

  add(key: Key, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const one = { item, weight: this.#options.weigh(item), wasPassed: false, resolve, reject }
      if (one.weight <= this.#options.bulk) this.#lightAt = performance.now()
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

  /** Resolves when all that was added until now is committed or refused. */
  async drained(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #run(key: Key, waiting: Waiting<Item, Result>[]): Promise<void> {
    while (waiting.length > 0) {
      // The requests that the event loop has at hand come first: so they share the commit, and a light one waits for no further bulk.
      await nextTurn()
      await this.#commit(key, waiting)
    }
    this.#waiting.delete(key)
  }

  async #commit(key: Key, waiting: Waiting<Item, Result>[]): Promise<void> {
    let group: Waiting<Item, Result>[] = []
    try {
      const results = await this.#options.commit(key, () => {
        const taken = group.length === 0 ? this.#takeFrom(waiting) : this.#takeFurther(waiting, group)
        group = [...group, ...taken]
        return taken.map(({ item }) => item)
      })
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result)
    } catch (thrown) {
      if (group.length > 1 && this.#options.isOfOne(thrown)) {
        for (const one of group) await this.#commit(key, [one])
        return
      }
      // A transaction that could not begin fails everybody who waits for it.
      for (const { reject } of group.length > 0 ? group : waiting.splice(0)) reject(thrown)
    }
  }

  /** The light ones by themselves, unless bulk has been passed over already: then that, with as many others as there is room for. */
  #takeFrom(waiting: Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    const { bulk } = this.#options
    const light = waiting.filter(({ weight }) => weight <= bulk)
    const heavy = waiting.filter(({ weight }) => weight > bulk)
    const [oldest, ...others] = heavy
    const goesFirst = oldest !== undefined && (oldest.wasPassed || light.length === 0)
    if (oldest !== undefined) oldest.wasPassed = true
    return this.#takeOut(waiting, goesFirst ? [oldest, ...light, ...others] : light, [])
  }

  #takeFurther(waiting: Waiting<Item, Result>[], group: readonly Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    return this.#takeOut(
      waiting,
      waiting.filter(({ weight }) => weight <= this.#options.bulk),
      group,
    )
  }

  /** As many of the candidates as there is room for beside a group; where that has none the first, whatever it weighs. */
  #takeOut(
    waiting: Waiting<Item, Result>[],
    candidates: readonly Waiting<Item, Result>[],
    group: readonly Waiting<Item, Result>[],
  ): Waiting<Item, Result>[] {
    const { limitBesideLight } = this.#options
    const limit = performance.now() - this.#lightAt < LIGHT_MILLISECONDS ? limitBesideLight : this.#options.limit
    let weight = group.reduce((sum, one) => sum + one.weight, 0)
    let count = 0
    for (const candidate of candidates) {
      weight += candidate.weight
      if (group.length + count > 0 && weight > limit) break
      count += 1
    }
    const taken = new Set(candidates.slice(0, count))
    // In its place: whoever adds meanwhile has this list.
    waiting.splice(0, waiting.length, ...waiting.filter((one) => !taken.has(one)))
    return [...taken]
  }
}
