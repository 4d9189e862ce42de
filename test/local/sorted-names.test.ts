import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { SortedNames } from '../../src/local/sorted-names.js'
import { temporaryDirectory } from './temporary-repo.js'

describe('SortedNames', () => {
  it('tells the wanted names of a directory in order, as often as it is asked', () => {
    const place = temporaryDirectory()
    const names = ['b.json', 'a.json', 'ä.json', 'Z.json', '10.json', '9.json', 'a\nb.json', '☂.json', 'left-out.txt']
    for (const name of names) fs.writeFileSync(path.join(place, name), '')
    const sorted = SortedNames.read(place, (name) => name.endsWith('.json'))
    const expected = names.filter((name) => name.endsWith('.json')).sort()
    expect([...sorted]).toEqual(expected)
    expect([...sorted]).toEqual(expected)
    expect(sorted.length).toBe(expected.length)
  })

  it('merges what is too much to be sorted at once', () => {
    const place = temporaryDirectory()
    const names = Array.from({ length: 120 }, (_, number) => `${(number * 7919) % 1000}.json`)
    for (const name of names) fs.writeFileSync(path.join(place, name), '')
    expect([...SortedNames.read(place, () => true, 7)]).toEqual([...new Set(names)].sort())
  })

  it('has nothing of an empty directory, and says when there is none', () => {
    const place = path.join(temporaryDirectory(), 'empty')
    fs.mkdirSync(place)
    expect([...SortedNames.read(place, () => true)]).toEqual([])
    expect(() => SortedNames.read(path.join(place, 'none'), () => true)).toThrow('ENOENT')
  })
})
