import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { sameJson } from '../../src/record/merge/same-json.js'

describe('sameJson', () => {
  it.each([
    ['{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }'],
    ['"\\u0041"', '"A"'],
    ['{"a":1,"a":2}', '{"a":2}'],
    // What a program that writes numbers anew has made of them.
    ['[1.50]', '[1.5]'],
    ['[1e400,-1e400]', '[null,null]'],
    ['[-0,1E2]', '[0,100]'],
    ['[1152921504606846976]', '[1152921504606847000]'],
    ['{"__proto__":1.0}', '{"__proto__":1}'],
  ])('takes %s for the same as a stored %s', (incoming, stored) => {
    expect(sameJson(incoming, stored)).toBe(true)
  })

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['9007199254740992', '9007199254740993'],
    ['-12345678901234567891', '-12345678901234567000'],
    ['1.5', '1.50'],
    ['[null]', '[1e400]'],
    ['"1"', '1'],
    ['1', '"1"'],
    ['1', '"n1"'],
    ['[1,2]', '[2,1]'],
    ['[]', '{}'],
    ['{"a":1}', '{"a":1,"b":2}'],
    ['"\\"1"', '"\\"2"'],
  ])('tells %s from a stored %s', (incoming, stored) => {
    expect(sameJson(incoming, stored)).toBe(false)
  })

  it('takes what JavaScript wrote anew for the same, whatever it holds', () => {
    fc.assert(fc.property(fc.json(), (text) => sameJson(text, JSON.stringify(JSON.parse(text)))))
  })

  it('takes equal values for the same and others not, where JavaScript wrote both', () => {
    const value = fc.jsonValue()
    fc.assert(
      fc.property(value, value, (one, other) => {
        const texts = [one, other].map((item) => JSON.stringify(item)) as [string, string]
        const isSame = texts[0] === texts[1]
        // Keys may stand in another order.
        if (isSame || !/[{]/.test(texts[0])) expect(sameJson(...texts)).toBe(isSame)
      }),
    )
  })

  it('compares long texts in time that grows with them', () => {
    const long = (end: string) => JSON.stringify({ text: '\\"'.repeat(60_000) + end })
    expect(sameJson(long('a'), long('b'))).toBe(false)
  })
})
