import { describe, expect, it } from '@jest/globals'
import { type RunEvidence, runStateAt } from '../../src/workspace/run-state.js'

const minutes = (count: number) => count * 60_000
const NOTHING: RunEvidence = {
  ...{ holds: [], lastBeatAt: null, beatUntil: Number.NEGATIVE_INFINITY, lastProgressAt: null, leftAt: null },
  process: 'unknown',
}
/** Taken for ten minutes at the 39th. */
const YOUNG = { since: null, until: minutes(49), length: minutes(10) }
const HOUR = { since: 0, until: minutes(60) }

describe('the state of a run', () => {
  it.each<[string, number, Partial<RunEvidence>, string]>([
    ['that holds something', 10, { holds: [HOUR] }, 'working'],
    ['that has held for two thirds of the time without a sign of life', 40, { holds: [HOUR] }, 'late'],
    ['that has given one since', 40, { holds: [HOUR], lastBeatAt: minutes(30), beatUntil: minutes(90) }, 'working'],
    ['of whose holds one is young', 40, { holds: [HOUR, { since: minutes(39), until: minutes(50) }] }, 'working'],
    ['that holds something without end', 9000, { holds: [{ since: 0, until: null }] }, 'working'],
    [
      'that holds something without end, and beats no more',
      90,
      { holds: [{ since: 0, until: null }], lastBeatAt: 0, beatUntil: minutes(60) },
      'gone',
    ],
    [
      'whose hold does not tell since when, and was taken after its last beat',
      40,
      { holds: [YOUNG], lastBeatAt: 0, beatUntil: minutes(60) },
      'working',
    ],
    [
      'of such a hold for two thirds of its length',
      46,
      { holds: [YOUNG], lastBeatAt: 0, beatUntil: minutes(60) },
      'late',
    ],
    ['that beats and holds nothing', 50, { lastBeatAt: 0, beatUntil: minutes(60) }, 'idle'],
    ['that beats for good', 9000, { lastBeatAt: 0, beatUntil: null }, 'idle'],
    ['that beats no more', 60, { lastBeatAt: 0, beatUntil: minutes(60) }, 'gone'],
    ['that has written something just now', 10, { lastProgressAt: 0 }, 'idle'],
    ['that has written something long ago', 20, { lastProgressAt: 0 }, 'gone'],
    ['that said goodbye', 20, { leftAt: minutes(10), lastBeatAt: minutes(10), lastProgressAt: minutes(10) }, 'left'],
    ['that has come back', 20, { leftAt: minutes(10), lastBeatAt: minutes(11), beatUntil: minutes(60) }, 'idle'],
    ['that holds something again', 20, { leftAt: minutes(1), holds: [HOUR] }, 'working'],
    ['whose process has ended', 1, { holds: [HOUR], lastBeatAt: 0, beatUntil: null, process: 'dead' }, 'gone'],
    ['whose process lives', 60, { lastBeatAt: 0, beatUntil: minutes(60), process: 'alive' }, 'gone'],
  ])('%s', (_, minute, evidence, state) => {
    expect(runStateAt(minutes(minute), { ...NOTHING, ...evidence })).toBe(state)
  })
})
