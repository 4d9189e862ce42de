import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { entryLine, type SentEntry } from '../../src/workspace/sent/sent-entry.js'
import { SentLines } from '../../src/workspace/sent/sent-lines.js'

const HASH = 'abcdefghijklmnopqrstuv'

const someName = fc.oneof(
  fc.constantFrom('a.json', 'b.json', '%61.json', '%.json', 'ä b.json', '=.json', 'a\tb.json', 'a\nb.json'),
  fc.string({ unit: 'grapheme' }).map((stem) => `${stem}.json`),
)
const someEntry: fc.Arbitrary<SentEntry> = fc.record({
  name: someName,
  signature: fc.constantFrom(null, '1:2.5:3:4', '9:2.5:3:4'),
  recordId: fc.constantFrom('a', 'b', 'other'),
  hash: fc.constantFrom(HASH, HASH.toUpperCase()),
})

function linesOf(text: string): SentLines {
  return new SentLines(Buffer.from(text, 'latin1'))
}

describe('SentLines', () => {
  it('gives back the newest entry of each name, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(someEntry), fc.array(someName), (entries, others) => {
        const lines = linesOf(entries.map(entryLine).join(''))
        const newest = new Map(entries.map((entry) => [entry.name, entry]))
        expect(lines.lineCount).toBe(entries.length)
        for (const [name, entry] of newest) expect(lines.entry(name)).toEqual(entry)
        for (const name of others) expect(lines.trusts(name)).toBe((newest.get(name)?.signature ?? null) !== null)
        expect(new Set(lines.entries())).toEqual(new Set(newest.values()))
        const otherwise = [...newest.values()].filter(({ name, recordId }) => name !== `${recordId}.json`)
        expect(new Set(lines.calledOtherwise())).toEqual(new Set(otherwise))
      }),
    )
  })

  it('vouches for the very signature of the newest line', () => {
    const of = (signature: string | null) => entryLine({ name: 'a.json', signature, recordId: 'a', hash: HASH })
    const lines = linesOf(of('1:2:3:44') + of('1:2:3:4'))
    expect(lines.vouchesFor('a.json', '1:2:3:4')).toBe(true)
    expect(lines.vouchesFor('a.json', '1:2:3:44')).toBe(false)
    expect(lines.vouchesFor('a.json', '1:2:3:')).toBe(false)
    expect(lines.vouchesFor('b.json', '1:2:3:4')).toBe(false)
    expect(linesOf(of(null)).vouchesFor('a.json', '1:2:3:4')).toBe(false)
  })

  it.each([
    ['a line that was cut off', `a.json\t1:2:3:4\t\t${HASH.slice(1)}\n`],
    ['two that ran together', `a.json\t1:2b.json\t1:2:3:4\t\t${HASH}\n`],
    ['a field too much', `a.json\t1:2:3:4\t\t\t${HASH}\n`],
    ['a field too few', `a.json\t1:2:3:4\t${HASH}\n`],
    ['no name', `\t1:2:3:4\t\t${HASH}\n`],
    ['a checkpoint', `=1:2:3:4\t1\t\t${HASH}\n`],
    ['a name that is escaped without need', `%61.json\t1:2:3:4\t\t${HASH}\n`],
    ['a name that cannot be decoded', `%E4.json\t1:2:3:4\t\t${HASH}\n`],
    ['zeros of a crash', '\0'.repeat(100)],
    ['a name with zeros', `a.json\0\t1:2:3:4\t\t${HASH}\n`],
    ['a name that leads elsewhere', `../a.json\t1:2:3:4\t\t${HASH}\n`],
    ['empty lines', '\n'.repeat(100)],
  ])('passes over %s', (_, damage) => {
    const good = entryLine({ name: 'good.json', signature: '1:2:3:4', recordId: 'good', hash: HASH })
    for (const text of [damage + good, good + damage, damage]) {
      const known = [...linesOf(text).entries()].map(({ name }) => name)
      expect(known).toEqual(text.includes('good') && !text.includes('\0good') ? ['good.json'] : [])
      expect(linesOf(text).trusts('a.json')).toBe(false)
    }
  })

  it('reads a log of a hundred thousand lines that are no entries in no time', () => {
    const startedAt = performance.now()
    expect(linesOf('x\n'.repeat(100_000)).trusts('x')).toBe(false)
    expect(linesOf(`${'x\n'.repeat(100_000)}\ty`).trusts('x')).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})
