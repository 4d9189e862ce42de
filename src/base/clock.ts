/** Time as a dependency: whatever asks for the time takes a clock, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

/** The DI token under which the application's one clock is registered. */
export const CLOCK: symbol = Symbol.for('muse-coord.clock')

/** The time of this machine. */
export const systemClock: Clock = { now: () => Date.now() }
