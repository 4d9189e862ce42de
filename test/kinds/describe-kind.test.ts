import { describe, expect, it } from '@jest/globals'
import { defineKind, type Kind } from '../../src/plugin.js'
import { describeKind, type TestRunner } from '../../src/testing.js'

interface Lock {
  lock_id: string
  run_id: string
  expires_at: string
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

/** The tests of the suite that a lock fails which differs from the good one by this. */
async function failedBy(change: Partial<Kind<Lock>>): Promise<string[]> {
  const tests: { name: string; run: () => unknown }[] = []
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: Object.assign((name: string, run: () => Promise<void>) => void tests.push({ name, run }), { skip: () => {} }),
  }
  const samples = [{ lock_id: 'a', run_id: 'r1', expires_at: '2026-03-18T12:00:00Z' }]
  describeKind('lock', defineKind({ ...LOCK, ...change }), { samples, runner })
  const failed: string[] = []
  for (const { name, run } of tests) {
    try {
      await run()
    } catch {
      failed.push(name)
    }
  }
  return failed
}

const ALONE = 'is refused without a hub to a second run while the first one holds it, where it is a lease'
const ON_HUB = 'is refused on a hub to a second run while the first one holds it, where it is a lease'
const TELLS = 'tells when each record ends and what is held by it, where it tells'

describe('the suite of kinds', () => {
  const hold = {
    ...{ kind: 'lock', recordId: 'a', what: 'a', runId: 'r1', author: null },
    ...{ since: null, until: null, token: null, isExclusive: true },
  }

  it.each<[string, Partial<Kind<Lock>>, string[]]>([
    ['a good lease', {}, []],
    ['a good lease that tells all it can', { ends: () => () => 0, describe: () => 'a', holds: () => [hold] }, []],
    ['a lease that never lapses', { expiresAt: () => null }, []],
    ['a lease that each run has a record of its own for', { idField: 'run_id' }, [ALONE, ON_HUB]],
    ['a description of two lines', { describe: () => 'a\nb' }, ['says what a record is in one line, where it says it']],
    ['an end that is no time', { ends: () => () => Number.NaN }, [TELLS]],
    ['a hold that is over', { holds: () => [{ ...hold, until: 1 }] }, [TELLS]],
    ['a hold by no record', { holds: () => [{ ...hold, recordId: 'b' }] }, [TELLS]],
  ])('%s', async (_, change, failed) => {
    expect(await failedBy(change)).toEqual(failed)
  })
})
