import { describe, expect, it } from '@jest/globals'
import { parseRetention, sweepRules } from '../../src/hub/retention.js'

const DAY = 86_400_000
const NOW = Date.parse('2026-03-18T12:00:00Z')
const DEMO = { owner: 'gabriel', slug: 'demo' }

function rules(words: string[], kinds: string[], space = DEMO) {
  return sweepRules(parseRetention(words), space, kinds, NOW)
}

describe('retention', () => {
  it('lets go what lapsed 30 days ago, and nothing that never lapses', () => {
    expect(rules([], ['heartbeat', 'task'])).toEqual([
      { kind: 'heartbeat', lapsedBefore: NOW - 30 * DAY, receivedBefore: null },
      { kind: 'task', lapsedBefore: NOW - 30 * DAY, receivedBefore: null },
    ])
  })

  it('goes by age for a kind that is named', () => {
    expect(rules(['release=90'], ['release'])).toEqual([
      { kind: 'release', lapsedBefore: NOW - 90 * DAY, receivedBefore: NOW - 90 * DAY },
    ])
  })

  it('goes by no age for what holds something until it is given back', () => {
    const kinds = ['reservation', 'release'].map((name) => ({
      name,
      ...(name === 'reservation' && { holds: () => [] }),
    }))
    const retention = parseRetention(['reservation=1', 'release=1'], kinds)
    expect(sweepRules(retention, DEMO, ['reservation', 'release'], NOW)).toMatchObject([
      { lapsedBefore: NOW - DAY, receivedBefore: null },
      { lapsedBefore: NOW - DAY, receivedBefore: NOW - DAY },
    ])
  })

  it('asks the space first, then the kind, then everybody', () => {
    const words = ['7', 'heartbeat=3', 'gabriel/demo:heartbeat=1', 'gabriel/other:claim=forever']
    expect(
      rules(words, ['heartbeat', 'claim']).map(({ lapsedBefore }) => (NOW - (lapsedBefore as number)) / DAY),
    ).toEqual([1, 7])
    expect(rules(words, ['heartbeat', 'claim'], { owner: 'gabriel', slug: 'other' })).toEqual([
      { kind: 'heartbeat', lapsedBefore: NOW - 3 * DAY, receivedBefore: NOW - 3 * DAY },
    ])
  })

  it('keeps everything for ever where that is said', () => {
    expect(rules(['forever'], ['heartbeat', 'claim'])).toEqual([])
  })

  it.each([
    '',
    'x',
    '-1',
    'heartbeat=',
    '=5',
    'heartbeat=soon',
    'Heartbeat=5',
    'gabriel:heartbeat=5',
    'a/b/c:x=1',
    '../x:k=1',
    '1.5',
  ])('refuses %j', (word) => {
    expect(() => parseRetention([word])).toThrow(/--retain must be/)
  })
})
