import { describe, expect, it } from '@jest/globals'
import { backOffMs } from '../../src/base/back-off.js'

describe('the pause before another try', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [5, 8000],
    [20, 30_000],
    [2000, 30_000],
  ])('after %d failures is about %d ms, and never quite the same', (failures, about) => {
    const pauses = Array.from({ length: 200 }, () => backOffMs(failures, 500))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(about * 0.75)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(about * 1.25)
    expect(new Set(pauses).size).toBeGreaterThan(20)
  })
})
