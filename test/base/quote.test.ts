import { describe, expect, it } from '@jest/globals'
import { quote } from '../../src/base/quote.js'

describe('a value in a sentence', () => {
  it.each([
    ['text', '"text"'],
    [undefined, 'undefined'],
    [{ a: 1 }, '{"a":1}'],
    ['x'.repeat(200), `"${'x'.repeat(76)}…`],
  ])('%j is %s', (value, text) => {
    expect(quote(value)).toBe(text)
  })

  it('is a word where it is nested more deeply than anything can write', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(quote(JSON.parse(deep))).toBe('[…]')
    expect(quote({ deep: JSON.parse(deep) })).toBe('{…}')
  })
})
