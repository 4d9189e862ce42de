import { describe, expect, it } from '@jest/globals'
import { SortedNames } from '../../src/workspace/sent/sorted-names.js'

describe('SortedNames', () => {
  it('tells names in order, as often as it is asked', () => {
    const names = ['b.json', 'a.json', 'ä.json', 'Z.json', '10.json', '9.json', 'a\nb.json', '☂.json']
    const sorted = SortedNames.of(names)
    expect([...sorted]).toEqual(names.sort())
    expect([...sorted]).toEqual(names)
    expect(sorted.length).toBe(names.length)
  })

  it('merges what is too much to be sorted at once', () => {
    const names = Array.from({ length: 120 }, (_, number) => `${(number * 7919) % 1000}.json`)
    expect([...SortedNames.of(names, 7)]).toEqual(names.sort())
  })

  it('has nothing of nothing', () => {
    expect([...SortedNames.of([])]).toEqual([])
  })
})
