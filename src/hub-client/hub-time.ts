import type { Clock } from '../base/clock.js'

/** A signature is no older than this when it is refused for its age, whatever the network takes. */
const WORTH_MS = 10_000
/** A clock is not that wrong by itself, and nobody shall have us sign for another time. */
const MOST_MS = 24 * 3600 * 1000

/** How far the clock of each host is ahead of one of ours, in milliseconds. */
const offsets = new WeakMap<Clock, Map<string, number>>()

/** The time by which one hub judges signatures: by our clock until it says otherwise, in all clients with that clock. */
export class HubTime {
  readonly #clock: Clock
  readonly #host: string

  constructor(clock: Clock, host: string) {
    this.#clock = clock
    this.#host = host
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now() + (offsets.get(this.#clock)?.get(this.#host) ?? 0)
  }

  /** The hub's time as it says it, no further ahead of a signature of `signedAt` than that one may be wrong unnoticed. */
  near(said: unknown, signedAt: number): number {
    const hubNow = typeof said === 'string' ? Date.parse(said) : Number.NaN
    return Number.isNaN(hubNow) ? signedAt : Math.min(hubNow, signedAt + WORTH_MS)
  }

  /**
   * Takes the hub's word for its time where a signature of `signedAt` was refused.
   *
   * @param said an RFC 3339 time, or what else the hub has put there
   * @returns whether another signature is worth a try
   */
  learn(said: unknown, signedAt: number): boolean {
    const hubNow = typeof said === 'string' ? Date.parse(said) : Number.NaN
    const offset = hubNow - this.#clock.now()
    if (!(Math.abs(offset) <= MOST_MS) || Math.abs(hubNow - signedAt) < WORTH_MS) return false
    const ofClock = offsets.get(this.#clock) ?? new Map<string, number>()
    offsets.set(this.#clock, ofClock.set(this.#host, offset))
    return true
  }
}
