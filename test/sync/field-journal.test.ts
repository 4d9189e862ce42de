import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { judgeJournals } from '../soak/field/journal.js'

/** What agents wrote down, by name. */
function journalsOf(entries: Readonly<Record<string, readonly object[]>>, killedAt: number | null = null) {
  const directory = mkdtempSync(path.join(tmpdir(), 'muse-journal-'))
  return Object.entries(entries).map(([agent, lines]) => {
    const file = path.join(directory, agent)
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return { agent, file, killedAt: agent === 'ada' ? killedAt : null }
  })
}

const has = (at: number, until: number) => ({ event: 'has', what: 'a.ts', at, until })
const gives = (at: number) => ({ event: 'gives', what: 'a.ts', at })
const checked = (from: number, at: number, status: string) => ({ event: 'checked', what: 'a.ts', from, at, status })

describe('what agents of a field trial wrote down', () => {
  it.each([
    ['two that have one file at once', { ada: [has(1, 9)], bob: [has(5, 12)] }, 'ada has a.ts and bob a.ts'],
    [
      'one that is told free what another has',
      { ada: [has(1, 9)], bob: [checked(2, 3, 'free')] },
      'bob was told that a.ts is free',
    ],
    [
      'a task that two have completed',
      { ada: [{ event: 'completed', what: 'port', at: 1 }], bob: [{ event: 'completed', what: 'port', at: 2 }] },
      'port was completed by ada and by bob',
    ],
    ['what no answer looks like', { ada: [{ event: 'surprise', what: 'no document', at: 1 }] }, 'ada: no document'],
  ])('tells of %s', (_, entries, sentence) => {
    expect(judgeJournals(journalsOf(entries)).violations).toEqual([expect.stringContaining(sentence)])
  })

  it.each([
    ['one after the other', { ada: [has(1, 9), gives(4)], bob: [has(4, 12)] }],
    ['one after the end of the other', { ada: [has(1, 3)], bob: [has(3, 12)] }],
    ['an answer of which nobody knows when it was true', { ada: [has(2, 9)], bob: [checked(1, 3, 'free')] }],
    ['its own', { ada: [has(1, 9), checked(2, 3, 'free')] }],
  ])('has nothing to say of %s', (_, entries) => {
    expect(judgeJournals(journalsOf(entries)).violations).toEqual([])
  })

  it('has who was killed believe nothing from then on', () => {
    const entries = { ada: [has(1, 9)], bob: [has(5, 12)] }
    expect(judgeJournals(journalsOf(entries, 4)).violations).toEqual([])
    expect(judgeJournals(journalsOf(entries, 6)).violations).toHaveLength(1)
  })
})
