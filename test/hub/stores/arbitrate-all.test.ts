import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { arbitrate, type Standing } from '../../../src/hub/stores/arbitrate.js'
import { arbitrateAll } from '../../../src/hub/stores/arbitrate-all.js'
import { keysOf } from '../../../src/hub/stores/keys-of.js'
import type { StoreAnswer, StorePush, StoreRecord } from '../../../src/hub/stores/record-store.js'
import type { MergeRule } from '../../../src/record/record.js'

const NOON = Date.parse('2026-03-18T12:00:00Z')

const push: fc.Arbitrary<StorePush> = fc.record({
  author: fc.constantFrom('ada', 'bob', 'gabriel'),
  records: fc.array(
    fc.record({
      kind: fc.constantFrom('note', 'beat', 'claim', 'new'),
      recordId: fc.constantFrom('x', 'y'),
      runId: fc.constantFrom('run-1', 'run-2'),
      payloadJson: fc.constantFrom('{"n":1}', '{"n":2}'),
      expiresAt: fc.constantFrom(null, '2026-03-18T12:00:10Z', '2026-03-18T12:01:00Z'),
    }),
    { maxLength: 6 },
  ),
  rules: fc.constantFrom<ReadonlyMap<string, MergeRule>>(
    new Map(),
    new Map([['new', 'latest']]),
    new Map([
      ['new', 'lease'],
      ['claim', 'once'],
    ]),
  ),
})

describe('several pushes arbitrated at once', () => {
  it('look up once what each of them writes', () => {
    const records = ['x', 'y'].map((recordId) => ({
      ...{ kind: 'note', recordId, runId: 'r', payloadJson: '{}', expiresAt: null },
    }))
    const one: StorePush = { author: 'ada', records, rules: new Map(), takesBack: { kind: 'note', recordId: 'y' } }
    expect(keysOf([one, { ...one, author: 'bob' }])).toEqual(
      keysOf([{ ...one, takesBack: { kind: 'note', recordId: 'x' } }]),
    )
    expect(keysOf([one])).toHaveLength(2)
  })

  it('come out as they would one after the other', () => {
    fc.assert(
      fc.property(fc.array(push, { maxLength: 6 }), fc.constantFrom(NOON, NOON + 20_000), (pushes, now) => {
        const start: Standing = {
          owner: 'gabriel',
          lastId: 40,
          now,
          tokenFloor: 3,
          rules: new Map([
            ['beat', 'latest'],
            ['claim', 'lease'],
          ]),
          records: [
            {
              id: 7,
              kind: 'claim',
              recordId: 'x',
              runId: 'run-1',
              payloadJson: '{"n":1}',
              expiresAt: '2026-03-18T12:00:10Z',
              author: 'ada',
              token: 5,
              revision: null,
              receivedAt: '2026-03-18T11:59:00.000Z',
            },
          ],
        }

        const rows = new Map(start.records.map((row) => [`${row.kind} ${row.recordId}`, row]))
        const rules = new Map(start.rules)
        const answers: StoreAnswer[] = []
        let { lastId } = start
        for (const one of pushes) {
          const verdict = arbitrate({ ...start, lastId, rules, records: [...rows.values()] }, one)
          for (const row of verdict.writes) rows.set(`${row.kind} ${row.recordId}`, row)
          for (const [kind, rule] of verdict.newRules) rules.set(kind, rule)
          lastId = verdict.answer.cursor
          answers.push(verdict.answer)
        }

        const joint = arbitrateAll(start, pushes)
        expect(joint.answers).toEqual(answers)
        expect(joint.lastId).toBe(lastId)
        expect(new Map([...start.rules, ...joint.newRules])).toEqual(rules)
        const written = [...rows.values()].filter(({ id }) => id > start.lastId)
        const byId = (one: StoreRecord, other: StoreRecord) => one.id - other.id
        expect(joint.writes).toEqual(written.sort(byId))
      }),
      { numRuns: 500 },
    )
  })
})
