import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { findInexactInteger } from '../../src/base/json/inexact-integer.js'

describe('findInexactInteger', () => {
  it('finds the whole number that would arrive as another', () => {
    expect(findInexactInteger('{"a": [1, -12345678901234567891]}')).toBe('-12345678901234567891')
    expect(findInexactInteger('{"n": 9007199254740993}')).toBe('9007199254740993')
  })

  it('lets pass what a double holds, and digits within texts', () => {
    expect(findInexactInteger('{"a": 9007199254740992, "b": 1e300, "c": 0.1234567890123456789}')).toBeNull()
    expect(
      findInexactInteger('{"sha256:12345678901234567891": "12345678901234567891 \\" 12345678901234567891"}'),
    ).toBeNull()
  })

  it('finds nothing in what JavaScript itself wrote', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => findInexactInteger(JSON.stringify(value)) === null))
  })

  it('finds every integer that changes', () => {
    fc.assert(
      fc.property(fc.bigInt(), (integer) => {
        const [read] = JSON.parse(`[${integer}]`)
        const arrives = BigInt(read) === integer || String(read) === String(integer)
        return (findInexactInteger(`{"n":${integer}}`) === null) === arrives
      }),
    )
  })
})
