import { describe, expect, it } from '@jest/globals'
import { defineKind, type Kind } from '../../src/plugin.js'
import { describeKind, type TestRunner } from '../../src/testing.js'

interface Lock {
  lock_id: string
  run_id: string
  expires_at: string
  note?: string
}

const LOCK: Kind<Lock> = {
  name: 'lock',
  directory: 'locks',
  idField: 'lock_id',
  runIdField: 'run_id',
  schema: { type: 'object' },
  merge: 'lease',
  expiresAt: (payload) => payload.expires_at ?? null,
}

/** What the suite says first of a lock that differs from the good one by this; `null`: it finds nothing wrong. */
async function faultOf(change: object): Promise<string | null> {
  const tests: (() => Promise<void>)[] = []
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: Object.assign((_: string, run: () => Promise<void>) => void tests.push(run), { skip: () => {} }),
  }
  const samples = [{ lock_id: 'a', run_id: 'r1', expires_at: '2026-03-18T12:00:00Z', note: 'deploys' }]
  describeKind('lock', defineKind<Lock>({ ...LOCK, ...change } as Kind<Lock>), { samples, runner })
  for (const run of tests) {
    try {
      await run()
    } catch (error) {
      return (error as Error).message
    }
  }
  return null
}

describe('the suite of kinds', () => {
  const hold = {
    ...{ kind: 'lock', recordId: 'a', what: 'a', runId: 'r1', author: null },
    ...{ since: null, until: null, token: null, isExclusive: true },
  }
  const fails = (): never => {
    throw new Error('no idea')
  }

  it.each<[string, object]>([
    ['a good lease', {}],
    [
      'one that tells all it can',
      { ends: () => () => 0, describe: () => 'a', holds: () => [hold], mayHold: () => ['a'] },
    ],
  ])('finds nothing wrong with %s', async (_, change) => {
    expect(await faultOf(change)).toBeNull()
  })

  it.each<[string, object, RegExp]>([
    ['an id field that no sample has', { idField: 'lokc_id' }, /idField is "lokc_id", and no sample has/],
    ['a run id field that no sample has', { runIdField: 'run' }, /runIdField is "run", and no sample has/],
    ['a misspelt field', { describ: () => 'a' }, /nobody asks a kind for "describ"/],
    ['an unknown keyword', { schema: { type: 'object', propertys: {} } }, /unknown keyword: "propertys"/],
    ['an unknown format', { schema: { properties: { note: { format: 'datetime' } } } }, /unknown format "datetime"/],
    [
      'a schema that requires all',
      { schema: { required: ['lock_id', 'run_id', 'expires_at', 'note'] } },
      /requires every field that a sample has: lock_id/,
    ],
    [
      'a closed schema',
      { schema: { type: 'object', additionalProperties: false } },
      /refuses a field of somebody else: .*additional properties/,
    ],
    ['a schema of another draft', { schema: { $schema: 'http://json-schema.org/draft-07/schema#' } }, /draft-07/],
    ['a lease that never lapses', { expiresAt: () => null }, /keeps it for good/],
    ['an expiry by the clock', { expiresAt: () => new Date(Date.now()).toISOString() }, /first and then .*, of one/],
    ['an expiry by chance', { expiresAt: () => `2026-03-18T12:00:00.${`${Math.random()}`.slice(2, 8)}Z` }, /and then/],
    [
      'an expiry that is no timestamp',
      { expiresAt: () => 'tomorrow' },
      /the expiry rule of "lock" gave no timestamp: "tomorrow"/,
    ],
    ['an expiry that comes later', { expiresAt: async () => null }, /expiresAt/],
    [
      'an expiry rule that takes its own payloads alone',
      { expiresAt: (payload: Lock) => payload.expires_at.trim() },
      /expiresAt must take any payload, and of \{\}/,
    ],
    [
      'one that takes text alone',
      { expiresAt: (payload: Lock) => payload.expires_at?.trim() ?? null },
      /expiresAt must take any payload, and of .*"expires_at":7/,
    ],
    ['a payload that is changed', { expiresAt: changing }, /has changed the payload that it was handed/],
    ['a description that throws', { describe: fails }, /describe must take any payload.*no idea/],
    ['a description that is a number', { describe: () => 7 }, /describe of the kind "lock": it gave no text: 7/],
    ['a description that trusts a field', { describe: ({ note }: Lock) => note }, /describe must take any payload/],
    ['a description of two lines', { describe: () => 'a\nb' }, /describe answers "a\\nb", which is no line/],
    ['a description with escape codes', { describe: () => '\u001b[31ma' }, /which is no line/],
    ['ends that throws', { ends: fails }, /ends of the kind "lock": no idea/],
    ['ends that throws at a record', { ends: () => fails }, /ends of the kind "lock": no idea/],
    ['an end that is no number', { ends: () => () => Number.NaN }, /ends of the kind "lock"/],
    ['an end in words', { ends: () => () => 'soon' }, /ends of the kind "lock".*"soon"/],
    [
      'a hold where nobody looks for it',
      { holds: () => [{ ...hold, what: 'src/a.ts' }], mayHold: () => ['src/b.ts'] },
      /mayHold of a names no path near "src\/a.ts"/,
    ],
    ['a hold that is over', { holds: () => [{ ...hold, until: 1 }] }, /what a holds is over/],
    ['a hold by no record', { holds: () => [{ ...hold, recordId: 'b' }] }, /there is no record b to hold/],
    ['holds that throws', { holds: fails }, /holds of the kind "lock": no idea/],
    ['a record for each run', { idField: 'run_id' }, /a second run is granted what the first one holds/],
  ])('finds %s, and says so', async (_, change, sentence) => {
    expect(await faultOf(change)).toMatch(sentence)
  })
})

function changing(payload: Lock): string | null {
  Object.assign(payload, { seen: true })
  return payload.expires_at ?? null
}
