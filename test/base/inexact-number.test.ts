import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { findInexactNumber } from '../../src/base/json/inexact-number.js'

describe('findInexactNumber', () => {
  it.each([
    ['{"a": [1, -12345678901234567891]}', '-12345678901234567891'],
    ['{"n": 9007199254740993}', '9007199254740993'],
    ['{"n": 1e400}', '1e400'],
    ['[-1E400]', '-1E400'],
    ['1e-400', '1e-400'],
    ['12345678901234567890.0', '12345678901234567890.0'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    // 2^60 is a double, and JavaScript writes it with other digits.
    ['1152921504606846976', '1152921504606846976'],
  ])('finds in %s the number that would arrive as another', (text, number) => {
    expect(findInexactNumber(text)).toBe(number)
  })

  it.each([
    '{"a": 9007199254740992, "b": 1e300, "c": 1.50, "d": 1E2, "e": 100e-2, "f": -0.0, "g": 0e999}',
    '{"sha256:12345678901234567891": "12345678901234567891 \\" 1e400"}',
    '["\\\\", 1]',
  ])('lets pass what stays the same number, and digits within texts: %s', (text) => {
    expect(findInexactNumber(text)).toBeNull()
  })

  it('finds nothing in what JavaScript itself wrote', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => findInexactNumber(JSON.stringify(value)) === null))
  })

  it('finds every integer that is written with other digits', () => {
    fc.assert(
      fc.property(fc.bigInt(), (integer) => {
        const written = JSON.stringify(JSON.parse(String(integer)))
        const [digits = '', exponent = '0'] = written.split('e+')
        const [whole = '', fraction = ''] = digits.split('.')
        const isSame = BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length) === integer
        return (findInexactNumber(`{"n":${integer}}`) === null) === isSame
      }),
    )
  })
})
