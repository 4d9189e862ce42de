import type { Clock } from '../base/clock.js'

/** A clock that stands until it is moved: `openTwoMachines(plugins, clock)` gives it to both machines and to the hub between them. */
export interface TestClock extends Clock {
  /** Moves it on by so many seconds. */
  advance(seconds: number): void
}

/** @param start ISO 8601 with offset or `Z`; this machine's time when left out */
export function testClock(start?: string): TestClock {
  let now = start === undefined ? Date.now() : Date.parse(start)
  if (Number.isNaN(now)) throw new Error(`testClock: ${JSON.stringify(start)} is no time`)
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1000
    },
  }
}
