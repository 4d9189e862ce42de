import { describe, expect, it } from '@jest/globals'
import { defineKind, openLeases } from '../../src/plugin.js'
import { openTwoMachines, testClock } from '../../src/testing.js'
import { cleanUp } from '../support/clean-up.js'

const lock = defineKind<{ lock_id: string; run_id: string; expires_at?: unknown }>({
  name: 'lock',
  directory: 'locks',
  idField: 'lock_id',
  runIdField: 'run_id',
  schema: { type: 'object' },
  merge: 'lease',
  expiresAt: (payload) => (typeof payload.expires_at === 'string' ? payload.expires_at : null),
})

describe('the clock of tests', () => {
  it('is that of both machines and of the hub: a lease lapses when it is moved', async () => {
    const clock = testClock('2026-03-18T12:00:00Z')
    const machines = await openTwoMachines([lock], clock)
    cleanUp(() => machines.close())
    const [first, second] = [await openLeases(machines.first), await openLeases(machines.second)]
    const wish = { kind: 'lock', recordId: 'deploy', ttlSeconds: 60 }
    const { token } = await first.acquire({ ...wish, runId: 'one' })
    clock.advance(59)
    await expect(second.acquire({ ...wish, runId: 'two' })).rejects.toMatchObject({ code: 'RECORD_HELD' })
    clock.advance(2)
    expect((await second.acquire({ ...wish, runId: 'two' })).token).toBe((token ?? 0) + 1)
  })

  it('takes no text that is no time', () => {
    expect(() => testClock('tomorrow')).toThrow('"tomorrow" is no time')
  })
})
