import { describe, expect, it } from '@jest/globals'
import type { Clock } from '../../src/base/clock.js'
import { HubClock } from '../../src/workspace/hub-clock.js'
import type { SeenAt } from '../../src/workspace/state/as-of.js'

const HOUR = 3_600_000

/** A clock of this machine that somebody can set, and one of the store that counts how often the last pull is looked up. */
function clocks(hubIsAheadBy: number) {
  const start = 1_800_000_000_000
  let isSetTo = start
  let looks = 0
  const own: Clock = { now: () => isSetTo }
  const seen: SeenAt = { hubTime: start + hubIsAheadBy, ownTime: start, upTime: null, boot: null }
  const clock = new HubClock(own, () => {
    looks++
    return seen
  })
  return {
    ...{ clock, start },
    set: (time: number) => {
      isSetTo = time
    },
    looks: () => looks,
  }
}

describe('the clock of a store', () => {
  it('goes on by its hub, and looks up once what the last pull noted', () => {
    const { clock, start, set, looks } = clocks(HOUR)
    expect(clock.now()).toBe(start + HOUR)
    set(start + 200)
    expect(clock.now()).toBe(start + HOUR + 200)
    expect(looks()).toBe(1)
  })

  it('looks it up at once when this machine was set or has slept', () => {
    const { clock, start, set, looks } = clocks(HOUR)
    clock.now()
    set(start + 10 * HOUR)
    expect(clock.now()).toBe(start + 11 * HOUR)
    set(start)
    expect(clock.now()).toBe(start + HOUR)
    expect(looks()).toBe(3)
  })

  it('looks it up when a pull has come', () => {
    const { clock, looks } = clocks(HOUR)
    clock.now()
    clock.refresh()
    clock.now()
    expect(looks()).toBe(2)
  })
})
