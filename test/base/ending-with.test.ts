import { describe, expect, it } from '@jest/globals'
import { endingWith } from '../../src/base/ending-with.js'
import { leftAtSignal } from '../support/left-at-signal.js'

describe('endingWith', () => {
  it('ends with the first of some signals, for its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = endingWith(one.signal, other.signal)
    expect(signal.aborted).toBe(false)
    other.abort('late')
    one.abort('later')
    expect(signal).toMatchObject({ aborted: true, reason: 'late' })
    expect(endingWith(new AbortController().signal, one.signal).signal).toMatchObject({
      aborted: true,
      reason: 'later',
    })
  })

  it('ends by itself, and leaves nothing with signals that live on', () => {
    const long = new AbortController()
    for (let times = 0; times < 10; times++) {
      const ending = endingWith(long.signal, new AbortController().signal)
      expect(leftAtSignal(long.signal)).toBe(1)
      ending.end()
      expect(ending.signal.aborted).toBe(true)
    }
    expect(leftAtSignal(long.signal)).toBe(0)
    expect(long.signal.aborted).toBe(false)
  })

  it('is told of by what counts what is left', () => {
    const { signal } = new AbortController()
    expect(AbortSignal.any([signal]).aborted).toBe(false)
    expect(leftAtSignal(signal)).toBe(1)
  })
})
