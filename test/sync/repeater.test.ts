import { describe, expect, it } from '@jest/globals'
import { Repeater } from '../../src/sync/repeater.js'

describe('work that is repeated', () => {
  it('waits for no pause that somebody has ended', async () => {
    const pauses: number[] = []
    const repeater: Repeater = new Repeater(
      async () => {
        if (pauses.length < 8) throw new Error('away')
      },
      {
        signal: new AbortController().signal,
        onFailure(_problem, retryMs) {
          pauses.push(retryMs)
          repeater.hurry()
        },
      },
    )
    repeater.hurry()
    repeater.ask()
    await repeater.idle()
    // Waited out they would take a minute and a half.
    expect(pauses).toHaveLength(8)
    expect(pauses.at(-1)).toBeGreaterThan(10_000)
  })
})
