import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { arbitrate, type Standing } from '../../../src/hub/stores/arbitrate.js'
import type { IncomingRecord, StoreAnswer, StorePush, StoreRecord } from '../../../src/hub/stores/store.js'
import type { MergeRule } from '../../../src/record/record.js'

const NOON = Date.parse('2026-03-18T12:00:00Z')
const OWNER = 'gabriel'

/** The smallest store there is: a space in memory that does what a verdict says. */
class Space {
  lastId = 0
  tokenFloor = 0
  readonly rows = new Map<string, StoreRecord>()
  readonly rules = new Map<string, MergeRule>()

  push(records: IncomingRecord[], { now = NOON, ...more }: Partial<StorePush> & { now?: number } = {}): StoreAnswer {
    const { lastId, tokenFloor, rules } = this
    const standing: Standing = { owner: OWNER, lastId, now, tokenFloor, rules, records: [...this.rows.values()] }
    const { answer, writes, newRules } = arbitrate(standing, {
      author: 'ada',
      records,
      rules: RULES,
      ...more,
    })
    for (const row of writes) this.rows.set(`${row.kind} ${row.recordId}`, row)
    for (const [kind, rule] of newRules) this.rules.set(kind, rule)
    this.lastId = answer.cursor
    return answer
  }

  get records(): StoreRecord[] {
    return [...this.rows.values()].sort((one, other) => one.id - other.id)
  }

  only(): StoreRecord {
    expect(this.rows.size).toBe(1)
    return this.records[0] as StoreRecord
  }
}

const RULES = new Map<string, MergeRule>([
  ['note', 'once'],
  ['heartbeat', 'latest'],
  ['claim', 'lease'],
])

function record(kind: string, more: Partial<IncomingRecord> = {}): IncomingRecord {
  return { kind, recordId: 'x', runId: 'run-1', payloadJson: '{"n":1}', expiresAt: null, ...more }
}

function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString()
}

function counts({ inserted, updated, skipped, conflicts, rejected }: StoreAnswer) {
  return { inserted, updated, skipped, conflicts: conflicts.map(({ reason }) => reason), rejected: rejected.length }
}

const nothing = { inserted: 0, updated: 0, skipped: 0, conflicts: [], rejected: 0 }

describe('once', () => {
  it('keeps the first payload and names what differs', () => {
    const space = new Space()
    expect(counts(space.push([record('note')]))).toEqual({ ...nothing, inserted: 1 })
    const answer = space.push([record('note', { payloadJson: '{"n":2}' })])
    expect(answer.conflicts).toEqual([{ kind: 'note', recordId: 'x', reason: 'different_content', holder: null }])
    expect(space.only().payloadJson).toBe('{"n":1}')
    expect(space.lastId).toBe(1)
  })

  it('skips the same payload whatever the order of its keys, its white space, its run or its author', () => {
    const space = new Space()
    space.push([record('note', { payloadJson: '{"a":[1,{"b":null,"c":2}],"d":"e"}' })])
    const again = record('note', {
      payloadJson: '{ "d": "e", "a": [1, {"c": 2, "b": null}] }',
      runId: 'run-2',
      expiresAt: at(1),
    })
    expect(counts(space.push([again], { author: 'bob' }))).toEqual({ ...nothing, skipped: 1 })
    expect(space.only().runId).toBe('run-1')
  })

  it('compares payloads that are nested deeper than the call stack', () => {
    const depth = 100_000
    const deep = (end: string) => `{"a":${'['.repeat(depth)}${end}${']'.repeat(depth)}}`
    const space = new Space()
    space.push([record('note', { payloadJson: deep('1') })])
    expect(counts(space.push([record('note', { payloadJson: deep(' 1') })]))).toEqual({ ...nothing, skipped: 1 })
    expect(counts(space.push([record('note', { payloadJson: deep('2') })])).conflicts).toEqual(['different_content'])
  })

  it.each([
    ['{"a":null}', '{}'],
    ['{"a":[]}', '{"a":{}}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":1}', '{"b":1}'],
    ['{"a":null}', '{"a":0}'],
    ['{"__proto__":1}', '{"toString":1}'],
  ])('takes %s and %s for different', (one, other) => {
    const space = new Space()
    space.push([record('note', { payloadJson: one })])
    expect(counts(space.push([record('note', { payloadJson: other })])).conflicts).toEqual(['different_content'])
  })
})

describe('latest', () => {
  it('replaces a register of the same author under a new id, so that readers see it once', () => {
    const space = new Space()
    space.push([record('heartbeat'), record('heartbeat', { recordId: 'y' })])
    expect(counts(space.push([record('heartbeat', { payloadJson: '{"n":2}' })]))).toEqual({ ...nothing, updated: 1 })
    expect(space.records.map(({ id, recordId }) => [id, recordId])).toEqual([
      [2, 'y'],
      [3, 'x'],
    ])
  })

  it.each([
    ['payload', { payloadJson: '{"n":2}' }],
    ['run', { runId: 'run-2' }],
    ['expiry', { expiresAt: at(60) }],
  ])('takes another %s for a change, and the same for none', (_, change) => {
    const space = new Space()
    space.push([record('heartbeat')])
    expect(counts(space.push([record('heartbeat')]))).toEqual({ ...nothing, skipped: 1 })
    expect(counts(space.push([record('heartbeat', change)]))).toEqual({ ...nothing, updated: 1 })
    expect(counts(space.push([record('heartbeat', change)]))).toEqual({ ...nothing, skipped: 1 })
  })

  it('lets nobody but its author and the owner of the space change it', () => {
    const space = new Space()
    const change = record('heartbeat', { payloadJson: '{"n":2}' })
    space.push([record('heartbeat')])
    const answer = space.push([change], { author: 'bob' })
    expect(answer.conflicts).toEqual([{ kind: 'heartbeat', recordId: 'x', reason: 'not_author', holder: null }])
    expect(counts(space.push([change], { author: OWNER }))).toEqual({ ...nothing, updated: 1 })
    expect(space.only().author).toBe(OWNER)
  })
})

describe('lease', () => {
  const claim = (more: Partial<IncomingRecord> = {}) => record('claim', { expiresAt: at(60), ...more })

  it('grants a free one with token 1 and says so', () => {
    const space = new Space()
    expect(space.push([claim()]).leases).toEqual([{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(60) }])
  })

  it('refuses one that another run holds and names the holder', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim({ runId: 'run-2' })], { author: 'bob' })
    expect(answer.leases).toEqual([])
    expect(answer.conflicts).toEqual([
      {
        kind: 'claim',
        recordId: 'x',
        reason: 'held',
        holder: { runId: 'run-1', expiresAt: at(60), token: 1 },
      },
    ])
  })

  it('refuses another run of the same author and of the owner of the space too', () => {
    const space = new Space()
    space.push([claim()])
    expect(counts(space.push([claim({ runId: 'run-2' })])).conflicts).toEqual(['held'])
    expect(counts(space.push([claim({ runId: 'run-2' })], { author: OWNER })).conflicts).toEqual(['held'])
  })

  it('renews for the same run under the same token', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim({ expiresAt: at(120) })], { now: NOON + 30_000 })
    expect(counts(answer)).toEqual({ ...nothing, updated: 1 })
    expect(answer.leases).toEqual([{ kind: 'claim', recordId: 'x', token: 1, expiresAt: at(120) }])
    expect(space.only().id).toBe(2)
  })

  it('answers a retry as it answered the first try', () => {
    const space = new Space()
    const { leases } = space.push([claim()])
    const retry = space.push([claim()])
    expect(counts(retry)).toEqual({ ...nothing, skipped: 1 })
    expect(retry.leases).toEqual(leases)
  })

  it('gives a stranger who sends the words of the holder neither the lease nor a change', () => {
    const space = new Space()
    space.push([claim()])
    for (const words of [claim(), claim({ expiresAt: at(99) })]) {
      const answer = space.push([words], { author: 'bob' })
      expect(counts(answer).conflicts).toEqual(['not_author'])
      expect(answer.conflicts[0]?.holder).toEqual({ runId: 'run-1', expiresAt: at(60), token: 1 })
      expect(answer.leases).toEqual([])
    }
  })

  it('lets the owner of the space change it in the name of its run', () => {
    const space = new Space()
    space.push([claim()])
    expect(counts(space.push([claim({ expiresAt: null })], { author: OWNER }))).toEqual({ ...nothing, updated: 1 })
  })

  it('gives a lapsed one to the next run, whoever sends it, with a higher token', () => {
    const space = new Space()
    space.push([claim()])
    const next = claim({ runId: 'run-2', expiresAt: at(120) })
    expect(counts(space.push([next], { author: 'bob', now: NOON + 59_999 })).conflicts).toEqual(['held'])
    const answer = space.push([next], { author: 'bob', now: NOON + 60_000 })
    expect(counts(answer)).toEqual({ ...nothing, updated: 1 })
    expect(answer.leases).toEqual([{ kind: 'claim', recordId: 'x', token: 2, expiresAt: at(120) }])
  })

  it('raises the token also for the run that let it lapse: somebody may have looked meanwhile', () => {
    const space = new Space()
    space.push([claim()])
    space.push([claim({ expiresAt: at(120) })], { now: NOON + 61_000 })
    expect(space.only().token).toBe(2)
  })

  it('does not count an old claim that is sent again after it lapsed', () => {
    const space = new Space()
    space.push([claim()])
    const answer = space.push([claim()], { author: 'bob', now: NOON + 61_000 })
    expect(counts(answer)).toEqual({ ...nothing, skipped: 1 })
    expect(answer.leases).toEqual([])
  })

  it('frees one that its run gives back', () => {
    const space = new Space()
    space.push([claim()])
    expect(space.push([claim({ expiresAt: at(0) })]).leases).toEqual([])
    expect(space.push([claim({ runId: 'run-2' })], { author: 'bob' }).leases[0]?.token).toBe(2)
  })

  it('keeps one without expiry for good', () => {
    const space = new Space()
    space.push([claim({ expiresAt: null })])
    expect(counts(space.push([claim({ runId: 'run-2' })], { now: NOON + 1e12 })).conflicts).toEqual(['held'])
  })

  it('does not reopen one that is for good when words of its run from before arrive late', () => {
    const space = new Space()
    const finished = claim({ expiresAt: null, payloadJson: '{"status":"completed"}' })
    space.push([claim(), finished])
    const answer = space.push([claim({ expiresAt: at(99) }), claim({ expiresAt: at(-99) })])
    expect(counts(answer).conflicts).toEqual(['held', 'held'])
    expect(answer.conflicts[0]?.holder).toEqual({ runId: 'run-1', expiresAt: null, token: 1 })
    expect(space.only()).toMatchObject({ expiresAt: null, payloadJson: '{"status":"completed"}' })
    expect(counts(space.push([finished]))).toEqual({ ...nothing, skipped: 1 })
  })

  it('judges by the instant, not by its spelling', () => {
    const space = new Space()
    space.push([claim({ expiresAt: '2026-03-18T14:01:00.000+02:00' })])
    const next = claim({ runId: 'run-2' })
    expect(counts(space.push([next], { now: NOON + 59_000 })).conflicts).toEqual(['held'])
    expect(counts(space.push([next], { now: NOON + 60_000 }))).toEqual({ ...nothing, updated: 1 })
  })

  it('begins above the tokens of leases that were swept away', () => {
    const space = new Space()
    space.tokenFloor = 7
    expect(space.push([claim()]).leases[0]?.token).toBe(8)
  })
})

describe('rules of a space', () => {
  it('stores an unknown kind by the rule its first push declares, and without one by "once"', () => {
    const space = new Space()
    space.push([record('lock'), record('memo')], { rules: new Map([['lock', 'lease']]) })
    expect(Object.fromEntries(space.rules)).toEqual({ lock: 'lease', memo: 'once' })
  })

  it('rejects the records of a kind that comes with another rule, and takes the rest', () => {
    const space = new Space()
    space.push([record('claim')])
    const other = new Map<string, MergeRule>([['claim', 'once']])
    const answer = space.push([record('claim', { recordId: 'y' }), record('note')], { rules: other })
    expect(counts(answer)).toEqual({ ...nothing, inserted: 1, rejected: 1 })
    expect(answer.rejected[0]?.reason).toBe(
      'kind "claim" has the merge rule "lease" here, and the push declares "once"',
    )
  })

  it('keeps a rule when a push declares none', () => {
    const space = new Space()
    space.push([record('claim')])
    expect(counts(space.push([record('claim', { runId: 'run-2' })], { rules: new Map() })).conflicts).toEqual(['held'])
  })

  it('lets the rules of the hub come before those of a push, and those of the space before both', () => {
    const space = new Space()
    const hubRules = new Map<string, MergeRule>([['claim', 'lease']])
    const once = new Map<string, MergeRule>([['claim', 'once']])
    expect(counts(space.push([record('claim')], { rules: once, hubRules })).rejected).toBe(1)
    expect(space.rules.size).toBe(0)
    space.push([record('claim')], { rules: new Map(), hubRules })
    expect(space.rules.get('claim')).toBe('lease')
    const later = new Map<string, MergeRule>([['claim', 'latest']])
    expect(counts(space.push([record('claim')], { rules: new Map(), hubRules: later }))).toEqual({
      ...nothing,
      skipped: 1,
    })
  })
})

describe('one push with a key that comes twice', () => {
  it('lets the second meet the first', () => {
    const space = new Space()
    const answer = space.push([
      record('note'),
      record('note'),
      record('note', { payloadJson: '{"n":2}' }),
      record('heartbeat'),
      record('note', { recordId: 'y' }),
      record('heartbeat', { payloadJson: '{"n":2}' }),
      record('claim'),
      record('claim', { runId: 'run-2' }),
    ])
    expect(counts(answer)).toEqual({
      inserted: 4,
      updated: 1,
      skipped: 1,
      conflicts: ['different_content', 'held'],
      rejected: 0,
    })
    expect(space.records.map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'note'],
      [3, 'note'],
      [4, 'heartbeat'],
      [5, 'claim'],
    ])
    expect(answer.leases).toHaveLength(1)
  })

  it('does not report a lease that the same push gives back', () => {
    const space = new Space()
    expect(space.push([record('claim', { expiresAt: at(60) }), record('claim', { expiresAt: at(-1) })]).leases).toEqual(
      [],
    )
  })
})

describe('a register whose writer counts its changes', () => {
  const beat = (n: number, revision: number, after: number | null = null) =>
    record('heartbeat', { payloadJson: `{"n":${n}}`, revision, after })

  it('takes a change that names the revision that stands, and no late or doubled one', () => {
    const space = new Space()
    const sent = [beat(1, 10), beat(2, 20, 10), beat(3, 30, 20)]
    for (const one of sent) space.push([one])
    const last = space.only()
    expect(last).toMatchObject({ payloadJson: '{"n":3}', revision: 30 })
    for (const one of sent.slice(0, 2)) {
      const { conflicts, updated } = space.push([one])
      expect([conflicts, updated]).toMatchObject([[{ reason: 'stale', revision: 30 }], 0])
    }
    expect(counts(space.push([beat(3, 30, 20)]))).toEqual({ ...nothing, skipped: 1 })
    expect(space.only()).toBe(last)
  })

  it('refuses a change that replaces what is not there, or counts backwards', () => {
    const space = new Space()
    expect(space.push([beat(1, 2, 1)]).conflicts).toMatchObject([{ reason: 'stale', revision: null }])
    expect(space.rows.size).toBe(0)
    space.push([beat(1, 5)])
    expect(space.push([beat(2, 5, 5)]).conflicts).toMatchObject([{ reason: 'stale', revision: 5 }])
    expect(space.push([beat(2, 4, 5)]).conflicts).toMatchObject([{ reason: 'stale', revision: 5 }])
  })

  it('lets a writer that counts nothing change it, and tells the others', () => {
    const space = new Space()
    space.push([beat(1, 5)])
    expect(counts(space.push([record('heartbeat', { payloadJson: '{"n":2}' })]))).toEqual({ ...nothing, updated: 1 })
    const { conflicts } = space.push([beat(3, 7, 5)])
    expect(conflicts).toEqual([{ kind: 'heartbeat', recordId: 'x', reason: 'stale', holder: null, revision: 6 }])
    expect(counts(space.push([beat(3, 7, 6)]))).toEqual({ ...nothing, updated: 1 })
  })

  it('goes on from one that no writer has counted', () => {
    const space = new Space()
    space.push([record('heartbeat')])
    expect(space.push([beat(2, 7, 6)]).conflicts).toMatchObject([{ reason: 'stale', revision: null }])
    expect(counts(space.push([beat(2, 7)]))).toEqual({ ...nothing, updated: 1 })
  })

  it('ends in the same state whatever is delayed, doubled and reordered, as long as the writer asks again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 40 }), (order) => {
        const space = new Space()
        const late: IncomingRecord[] = []
        let stands: number | null = null
        for (let n = 1; n <= 8; n++) {
          const change = beat(n, n * 10, stands)
          late.push(change)
          for (const pick of order.slice(n * 5 - 5, n * 5)) {
            const copy = late[pick]
            if (copy !== undefined) space.push([copy])
          }
          const { conflicts } = space.push([change])
          stands = conflicts.length > 0 ? (conflicts[0]?.revision ?? null) : n * 10
          expect(stands).toBe(n * 10)
        }
        for (const copy of late) space.push([copy])
        expect(space.only()).toMatchObject({ payloadJson: '{"n":8}', revision: 80 })
      }),
    )
  })
})

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
