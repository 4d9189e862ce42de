import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatTimestamp, isTimestamp, timeOf, withZone } from '../../src/base/timestamp.js'

const NOON = Date.UTC(2026, 2, 18, 12)

describe('timeOf', () => {
  it.each([
    '2026-03-18T12:00Z',
    '2026-03-18T12:00:00Z',
    '2026-03-18T12:00:00.000000+00:00',
    '2026-03-18T14:00:00+0200',
    '2026-03-18T12:00:00.000000',
    '2026-03-18T12:00',
  ])('reads %s as the same noon, in whatever place it runs', (text) => {
    expect(timeOf(text)).toBe(NOON)
    expect(timeOf(withZone(text))).toBe(NOON)
  })

  it.each([
    ['tomorrow'],
    ['2026-03-18'],
    ['2026-13-18T12:00Z'],
    ['2026-03-18 12:00'],
    ['18 Mar 2026'],
    [`2026-03-18T12:00:00.${'0'.repeat(30)}`],
    [''],
    [NOON],
    [null],
    [undefined],
    [{}],
  ])('takes %j for no time', (value) => {
    expect(timeOf(value)).toBeNull()
    expect(isTimestamp(value)).toBe(false)
  })

  it('reads back what this program writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(NOON), noInvalidDate: true }), (date) => {
        expect(timeOf(formatTimestamp(date.getTime()))).toBe(date.getTime())
      }),
    )
  })
})

describe('withZone', () => {
  it('leaves a zone that is told as it stands', () => {
    expect(withZone('2026-03-18T12:00:00-05:00')).toBe('2026-03-18T12:00:00-05:00')
  })
})
