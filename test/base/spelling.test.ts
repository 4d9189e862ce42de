import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compactText } from '../../src/base/json/compact.js'
import { indented } from '../../src/base/json/indent.js'
import { spelledLike } from '../../src/base/json/spelling.js'

const spelt = (text: string) => ({ value: JSON.parse(text), text })

describe('the spelling of a value that was made from what others wrote', () => {
  it('is theirs wherever nothing has changed', () => {
    const theirs = spelt(
      '{"cost":1.50,"big":9007199254740993,"far":1e400,"t":"\\u00e9","in":{"a":1.0,"b":2.0},"l":[1.0]}',
    )
    const value = { ...theirs.value, cost: 2, in: { ...theirs.value.in, b: 3, c: 4 }, more: 'x' }
    expect(spelledLike(value, [theirs])).toBe(
      '{"cost":2,"big":9007199254740993,"far":1e400,"t":"\\u00e9","in":{"a":1.0,"b":3,"c":4},"l":[1.0],"more":"x"}',
    )
  })

  it('is that of the first which says the same, of the last member of a name', () => {
    expect(spelledLike({ a: 1, b: 2, c: 3 }, [spelt('{"a":3.0,"a":1.0}'), spelt('{"a":1.00,"b":2.00}')])).toBe(
      '{"a":1.0,"b":2.00,"c":3}',
    )
  })

  it('leaves out what JSON does not know', () => {
    expect(spelledLike({ a: undefined, b: 1 }, [spelt('{"a":1,"b":1.0}')])).toBe('{"b":1.0}')
  })

  it('says what the value says, whatever the documents are', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (value, document) => {
        const parsed = JSON.parse(value)
        expect(JSON.parse(spelledLike(parsed, [spelt(compactText(Buffer.from(document)))]))).toEqual(parsed)
      }),
    )
  })

  it('takes time that grows with the number of members alone', () => {
    const members = Array.from({ length: 50_000 }, (_, index) => `"${index}x":1.0`)
    const theirs = spelt(`{${members.join(',')}}`)
    expect(spelledLike({ ...theirs.value, more: 1 }, [theirs])).toBe(`{${members.join(',')},"more":1}`)
  })
})

describe('a text that is laid out', () => {
  it('is laid out as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
      }),
    )
  })

  it('keeps its tokens', () => {
    expect(indented('{"a":[1.50,{}],"b":"{,\\"é"}')).toBe('{\n  "a": [\n    1.50,\n    {}\n  ],\n  "b": "{,\\"é"\n}')
  })
})
