import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { arbitrateAll } from '../../../src/hub/stores/arbitrate-all.js'
import type { IncomingRecord, StoreAnswer, StorePush, StoreRecord } from '../../../src/hub/stores/record-store.js'
import { hasLapsed, type MergeRule } from '../../../src/record/record.js'

const RULES = new Map<string, MergeRule>([['claim', 'lease']])
const LONG_AGO = '1970-01-01T00:00:00Z'
const STEP = 1000
/** Longer than a moment of the test, so that nothing lapses on its way. */
const SPAN = 36

/** A store in memory: the arbitration of the real ones over a map, by a clock that the test moves. */
class Hub {
  now = Date.parse('2026-03-18T12:00:00Z')
  readonly records = new Map<string, StoreRecord>()
  #lastId = 0

  push(...pushes: StorePush[]): StoreAnswer[] {
    const standing = {
      ...{ owner: 'ada', lastId: this.#lastId, now: this.now, tokenFloor: 0, rules: RULES },
      records: [...this.records.values()],
    }
    const { answers, writes, lastId } = arbitrateAll(standing, pushes)
    for (const row of writes) this.records.set(row.recordId, row)
    this.#lastId = lastId
    return answers as StoreAnswer[]
  }

  isFree(id: string): boolean {
    const stored = this.records.get(id)
    return stored === undefined || hasLapsed(stored, this.now)
  }
}

/** A run, with the tokens that it knows; it knows little of what the others do. */
class Contender {
  readonly tokens = new Map<string, number>()
  readonly held = new Map<string, IncomingRecord>()
  #count = 0

  constructor(readonly runId: string) {}

  question(ids: readonly string[], now: number, seconds: number): StorePush {
    const expiresAt = new Date(now + seconds * STEP).toISOString()
    const n = ++this.#count
    const records = ids.map((recordId): IncomingRecord => {
      const token = this.tokens.get(recordId) ?? null
      return { kind: 'claim', recordId, runId: this.runId, payloadJson: `{"n":${n}}`, expiresAt, token }
    })
    return { author: 'ada', records, rules: RULES, first: true }
  }

  hear({ records }: StorePush, { conflicts, leases }: StoreAnswer): void {
    for (const { recordId, token } of conflicts) if (token != null) this.tokens.set(recordId, token)
    for (const { recordId, token } of leases) {
      this.tokens.set(recordId, token)
      const { token: _, ...record } = records.find((one) => one.recordId === recordId) as IncomingRecord
      this.held.set(recordId, { ...record, token, revision: 1 })
    }
  }
}

const deed = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask' as const), lost: fc.boolean(), ttl: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), steps: fc.integer({ min: 1, max: 6 }) }) },
)
const play = fc.record({
  contenders: fc.integer({ min: 1, max: 6 }),
  tasks: fc.integer({ min: 1, max: 8 }),
  /** So many deeds of one moment share a commit. */
  moments: fc.array(fc.array(fc.tuple(fc.nat(5), deed), { minLength: 1, maxLength: 6 }), { maxLength: 25 }),
})

/** A question whose answer was lost, and what that gave. */
interface Lost {
  readonly push: StorePush
  readonly got: string | undefined
}

describe('asking for the first that is free', () => {
  it('gives no task to two, none out of order, and tells nobody that there is nothing while something known is free', () => {
    fc.assert(
      fc.property(play, ({ contenders: count, tasks, moments }) => {
        const hub = new Hub()
        const contenders = Array.from({ length: count }, (_, n) => new Contender(`r${n}`))
        const ids = Array.from({ length: tasks }, (_, n) => `t${n}`)
        const unheard = new Map<Contender, Lost>()
        for (const moment of moments) {
          const asked: { who: Contender; push: StorePush; isLost: boolean }[] = []
          const busy = new Set<Contender>(unheard.keys())
          for (const [n, one] of moment) {
            const who = contenders[n % count] as Contender
            if (one.do === 'wait') hub.now += one.steps * STEP
            if (one.do === 'wait' || busy.has(who)) continue
            busy.add(who)
            if (one.do === 'release') release(hub, who)
            else {
              const wanted = ids.filter((id) => !who.held.has(id))
              const push = who.question(wanted, hub.now + SPAN * STEP, one.ttl)
              if (wanted.length > 0) asked.push({ who, push, isLost: one.lost })
            }
          }
          for (const [who, { push, got }] of unheard) {
            const had = got !== undefined && !hub.isFree(got)
            const answer = hub.push(push)[0] as StoreAnswer
            // What it was given when it was not heard it is given now, though something before that is free by now.
            if (had) expect(answer.leases.map(({ recordId }) => recordId)).toEqual([got])
            who.hear(push, answer)
          }
          unheard.clear()

          const free = new Set(ids.filter((id) => hub.isFree(id)))
          const answers = hub.push(...asked.map(({ push }) => push))
          for (const [index, { who, push, isLost }] of asked.entries()) {
            const answer = answers[index] as StoreAnswer
            const got = check(push, answer, free)
            if (isLost) unheard.set(who, { push, got })
            else who.hear(push, answer)
          }
          for (const who of contenders) forgetLapsed(hub, who)
          const holders = ids.map((id) => contenders.filter(({ held }) => held.has(id)).length)
          expect(Math.max(...holders)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function release(hub: Hub, who: Contender): void {
  const [id, record] = [...who.held][0] ?? []
  if (id === undefined || record === undefined) return
  who.held.delete(id)
  hub.push({ author: 'ada', rules: RULES, records: [{ ...record, expiresAt: LONG_AGO }] })
}

function forgetLapsed(hub: Hub, { runId, held }: Contender): void {
  for (const id of held.keys()) if (hub.isFree(id) || hub.records.get(id)?.runId !== runId) held.delete(id)
}

/** Whether an answer is right, and what it grants. @param free what was free before it; that goes from there */
function check({ records }: StorePush, answer: StoreAnswer, free: Set<string>): string | undefined {
  const { inserted, updated, skipped, conflicts, rejected, leases } = answer
  expect(inserted + updated + skipped + conflicts.length + rejected.length).toBe(records.length)
  expect(leases.length).toBeLessThanOrEqual(1)
  const got = leases[0]?.recordId
  const place = records.findIndex(({ recordId }) => recordId === got)
  for (const { recordId } of place === -1 ? records : records.slice(0, place)) {
    const conflict = conflicts.find((one) => one.recordId === recordId)
    // Passed by is what somebody has, and what is free under a token that is told.
    const told = { reason: 'stale', holder: null, token: expect.any(Number) }
    expect(conflict).toMatchObject(free.has(recordId) ? told : { holder: { runId: expect.any(String) } })
  }
  if (got === undefined) return undefined
  expect(free.has(got)).toBe(true)
  free.delete(got)
  return got
}
