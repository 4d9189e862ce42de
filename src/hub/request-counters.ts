import type { FastifyRateLimitStore } from '@fastify/rate-limit'

/** How many names are counted at once; beyond that the longest unseen is forgotten. */
const NAMES = 20_000

interface Counter {
  readonly current: number
  /** Milliseconds until it begins anew. */
  readonly ttl: number
}

type Done = (error: null, counter: Counter) => void

/**
 * How often each name has come within a window of time. The clock is one that nobody sets: by the time of day a name would be counted
 * on, and turned away, for as long as the clock was set back.
 */
export class RequestCounters implements FastifyRateLimitStore {
  readonly #counters = new Map<string, { current: number; readonly since: number }>()

  incr(name: string, done: Done, windowMilliseconds: number): void {
    const now = performance.now()
    const present = this.#counters.get(name)
    const counter =
      present !== undefined && now - present.since < windowMilliseconds ? present : { current: 0, since: now }
    counter.current++
    this.#counters.delete(name)
    this.#counters.set(name, counter)
    const [oldest] = this.#counters.keys()
    if (this.#counters.size > NAMES && oldest !== undefined) this.#counters.delete(oldest)
    done(null, { current: counter.current, ttl: counter.since + windowMilliseconds - now })
  }

  /** The same without counting. */
  read(name: string, done: Done, windowMilliseconds: number): void {
    const { current, since } = this.#counters.get(name) ?? { current: 0, since: Number.NEGATIVE_INFINITY }
    const ttl = since + windowMilliseconds - performance.now()
    done(null, ttl > 0 ? { current, ttl } : { current: 0, ttl: 0 })
  }

  child(): RequestCounters {
    return new RequestCounters()
  }
}
