import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { arbitrate, type Standing } from '../../../src/hub/stores/arbitrate.js'
import type { IncomingRecord, StoreAnswer, StorePush, StoreRecord } from '../../../src/hub/stores/record-store.js'
import type { MergeRule } from '../../../src/record/record.js'
import { at, NOON, OWNER, RULES, Space } from './space-in-memory.js'

describe('any sequence of pushes', () => {
  const incoming = fc.record({
    kind: fc.constantFrom('note', 'heartbeat', 'claim', 'claim'),
    recordId: fc.constantFrom('x', 'y', 'z'),
    runId: fc.constantFrom('run-1', 'run-2', 'run-3'),
    payloadJson: fc.constantFrom('{"n":1,"m":1}', '{"m":1,"n":1}', '{"n":2}'),
    expiresAt: fc.constantFrom(null, at(10), at(20), at(40), at(80)),
  })
  /** Half of the writers count tenures: with the token that stands, or another one. */
  const counted = fc
    .tuple(incoming, fc.constantFrom(undefined, undefined, null, 1, 2, 3), fc.constantFrom(undefined, 1, 2, 3))
    .map(([one, token, revision]): IncomingRecord => {
      if (one.kind !== 'claim' || token === undefined) return one
      return { ...one, token, ...(revision !== undefined && { revision }) }
    })
  const push = fc.record({
    records: fc.array(counted, { maxLength: 8 }),
    author: fc.constantFrom('ada', 'bob', OWNER),
    rules: fc.oneof(
      { weight: 5, arbitrary: fc.constant<ReadonlyMap<string, MergeRule>>(RULES) },
      { weight: 1, arbitrary: fc.constant<ReadonlyMap<string, MergeRule>>(new Map([['claim', 'once']])) },
    ),
    passed: fc.constantFrom(0, 5, 15, 30),
  })
  const pushes = fc.array(push, { maxLength: 8 })
  type Step = StorePush & { records: IncomingRecord[]; passed: number }
  type Sequence = typeof pushes extends fc.Arbitrary<infer Value> ? Value : never

  /** Plays the pushes with a clock that goes on, and looks at each. */
  function play(
    sequence: readonly Step[],
    look: (step: {
      space: Space
      before: StoreRecord[]
      lastId: number
      push: StorePush & { now: number }
      answer: StoreAnswer
    }) => void,
  ): Space {
    const space = new Space()
    let now = NOON
    for (const { passed, ...rest } of sequence) {
      now += passed * 1000
      const before = space.records
      const { lastId } = space
      const request = { ...rest, hubRules: RULES, now }
      const answer = space.push(request.records, request)
      look({ space, before, lastId, push: request, answer })
    }
    return space
  }

  const check = (property: fc.IProperty<[Sequence]>) => fc.assert(property, { numRuns: 500 })
  const held = (row: StoreRecord, now: number) => row.expiresAt === null || Date.parse(row.expiresAt) > now

  it('counts every record it was sent exactly once', () => {
    check(
      fc.property(pushes, (sequence) => {
        play(sequence, ({ push: { records }, answer }) => {
          const { inserted, updated, skipped, conflicts, rejected } = answer
          expect(inserted + updated + skipped + conflicts.length + rejected.length).toBe(records.length)
        })
      }),
    )
  })

  it('hands out one id for each record written, densely, and leaves all other rows alone', () => {
    check(
      fc.property(pushes, (sequence) => {
        play(sequence, ({ space, before, lastId, answer }) => {
          expect(answer.cursor).toBe(lastId + answer.inserted + answer.updated)
          const ids = space.records.map(({ id }) => id)
          expect(new Set(ids).size).toBe(ids.length)
          const old = space.records.filter(({ id }) => id <= lastId)
          // A row that is let alone is the very same object.
          expect(old.every((row) => before.includes(row))).toBe(true)
          expect(space.records.length - before.length).toBe(answer.inserted)
        })
      }),
    )
  })

  it('writes rows in ascending order of their ids', () => {
    check(
      fc.property(pushes, (sequence) => {
        const records = sequence.flatMap((one) => one.records)
        const standing: Standing = { owner: OWNER, lastId: 5, now: NOON, tokenFloor: 0, rules: RULES, records: [] }
        const { writes } = arbitrate(standing, { author: 'ada', records, rules: RULES })
        const ids = writes.map(({ id }) => id)
        expect(ids).toEqual([...ids].sort((one, other) => one - other))
        expect(ids.every((id) => id > 5)).toBe(true)
      }),
    )
  })

  it('never changes a record of the rule "once"', () => {
    check(
      fc.property(pushes, (sequence) => {
        play(sequence, ({ space, before }) => {
          const notes = before.filter(({ kind }) => kind === 'note')
          expect(notes.every((row) => space.records.includes(row))).toBe(true)
        })
      }),
    )
  })

  it('never takes a lease from the run that holds it, and raises the token whenever the holder changes', () => {
    check(
      fc.property(pushes, (sequence) => {
        const sole = sequence.map((one) => ({ ...one, records: one.records.slice(0, 1) }))
        play(sole, ({ space, before, push: { now } }) => {
          for (const was of before.filter(({ kind }) => kind === 'claim')) {
            const is = space.rows.get(`claim ${was.recordId}`) as StoreRecord
            if (held(was, now)) expect([is.runId, is.token]).toEqual([was.runId, was.token])
            if (is.runId !== was.runId) expect(is.token).toBe((was.token ?? 0) + 1)
            expect(is.token).toBeGreaterThanOrEqual(was.token ?? 0)
          }
        })
      }),
    )
  })

  it('tells at most one run that it has a lease, until that lapses, and each token is one run’s', () => {
    check(
      fc.property(pushes, (sequence) => {
        const holders = new Map<string, string>()
        play(sequence, ({ space, answer }) => {
          for (const { kind, recordId, token } of answer.leases) {
            const row = space.rows.get(`${kind} ${recordId}`) as StoreRecord
            expect(row.token).toBe(token)
            const name = `${recordId} ${token}`
            expect(holders.get(name) ?? row.runId).toBe(row.runId)
            holders.set(name, row.runId)
          }
        })
      }),
    )
  })

  it('is changed by nobody but author and owner while it is a register', () => {
    check(
      fc.property(pushes, (sequence) => {
        play(sequence, ({ space, before, push: { author } }) => {
          for (const was of before.filter(({ kind }) => kind === 'heartbeat')) {
            if (author !== was.author && author !== OWNER) {
              expect(space.rows.get(`heartbeat ${was.recordId}`)).toEqual(was)
            }
          }
        })
      }),
    )
  })

  it('stays as it is when the last push comes again, and answers with the same leases', () => {
    check(
      fc.property(pushes, (sequence) => {
        // A retry repeats what a client sends: one record of a key at a time.
        const distinct = sequence.map((one) => ({
          ...one,
          records: [...new Map(one.records.map((item) => [`${item.kind} ${item.recordId}`, item])).values()],
        }))
        play(distinct, ({ space, push: request, answer }) => {
          const before = space.records
          const again = space.push([...request.records], request)
          expect(space.records).toEqual(before)
          expect(again.leases).toEqual(answer.leases)
          expect(again.conflicts).toEqual(answer.conflicts)
          expect(again.skipped).toBe(answer.inserted + answer.updated + answer.skipped)
        })
      }),
    )
  })

  it('comes to the same end when a push is cut in two', () => {
    check(
      fc.property(pushes, (sequence) => {
        const whole = play(sequence, () => undefined)
        const halves = sequence.flatMap(({ records, passed, ...rest }) => [
          { ...rest, passed, records: records.slice(0, 3) },
          { ...rest, passed: 0, records: records.slice(3) },
        ])
        expect(play(halves, () => undefined).records).toEqual(whole.records)
      }),
    )
  })

  it('comes to the same records, but for their ids, when records of different keys trade places', () => {
    check(
      fc.property(pushes, (sequence) => {
        type Named = Pick<IncomingRecord, 'kind' | 'recordId'>
        const byKey = (one: Named, other: Named) =>
          `${one.kind} ${one.recordId}`.localeCompare(`${other.kind} ${other.recordId}`)
        const sorted = sequence.map((one) => ({ ...one, records: [...one.records].sort(byKey) }))
        const bare = (space: Space) => [...space.records].sort(byKey).map((row) => ({ ...row, id: 0 }))
        expect(bare(play(sorted, () => undefined))).toEqual(bare(play(sequence, () => undefined)))
      }),
    )
  })
})
