/** Choices that look like chance and are the same again for the same seed (mulberry32). */
export class Random {
  readonly #seed: string
  #state: number

  constructor(seed: string) {
    this.#seed = seed
    this.#state = hash(seed)
  }

  /** Choices of its own for one part of a run, so that no part depends on how often another was asked. */
  for(part: string): Random {
    return new Random(`${this.#seed}/${part}`)
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** The same ones in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items]
    return items.map(() => {
      const at = this.between(0, left.length - 1)
      const item = left[at] as Item
      // The last one fills the gap: thousands need no moving about.
      left[at] = left.at(-1) as Item
      left.pop()
      return item
    })
  }

  /** One of a list, by the weight that each has. */
  weighted<Choice extends string>(weights: Readonly<Record<Choice, number>>): Choice {
    const choices = Object.entries(weights) as [Choice, number][]
    let rest = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [choice, weight] of choices) {
      rest -= weight
      if (rest < 0) return choice
    }
    throw new RangeError('no choice has a weight')
  }
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value
}
