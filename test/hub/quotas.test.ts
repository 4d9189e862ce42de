import { describe, expect, it } from '@jest/globals'
import { DEFAULT_LIMITS, limitsOf } from '../../src/hub/limits.js'
import { readHubStats } from '../../src/hub.js'
import { cleanUp } from '../support/clean-up.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { createSwarm } from '../support/swarm.js'

const notes = (prefix: string, count: number, more = {}) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const intent = { intent_id: `${prefix}${n}`, run_id: 'run-1', ...more }
      return [`intents/${prefix}${n}.json`, intent]
    }),
  )

const SMALL = { recordsPerHandle: 5, keptBytesPerHandle: 4096 }

describe('what one handle may keep at a hub', () => {
  it('is said by an operator in records and in MiB', () => {
    expect(limitsOf({ recordsPerHandle: 7, keptMebibytesPerHandle: 3 })).toEqual({
      recordsPerHandle: 7,
      keptBytesPerHandle: 3 * 1024 * 1024,
    })
    expect(DEFAULT_LIMITS).toMatchObject({ recordsPerHandle: 2_000_000, keptBytesPerHandle: 2048 * 1024 * 1024 })
  })

  it('is refused record by record with a cure, told by whoami and stats, and sent once there is room again', async () => {
    const swarm = await createSwarm({ limits: SMALL })
    const machine = await swarm.machine()
    machine.write(notes('a-old', 3, { expires_at: '2001-01-01T00:00:00Z' }))
    machine.write(notes('b-new', 4))
    const refused = await runCli(machine, ['sync', 'push', '--json'])
    expect(refused.exitCode).toBe(1)
    const pushed = documentOf(refused) as { rejected: { reason: string }[] }
    expect(pushed).toMatchObject({ inserted: 5, failed: true, errors: [] })
    expect(pushed.rejected).toHaveLength(2)
    expect(pushed.rejected[0]?.reason).toMatch(/gabriel may have 5 records.*auth whoami --usage/)

    const told = await runCli(machine, ['auth', 'whoami', '--usage', '--json'])
    const { bytes } = await swarm.hub.store.usage('gabriel')
    const most = { max_spaces: DEFAULT_LIMITS.spacesPerHandle, max_records: 5, max_bytes: 4096 }
    expect(documentOf(told)).toMatchObject({ usage: { handle: 'gabriel', spaces: 1, records: 5, bytes, ...most } })
    expect((await runCli(machine, ['auth', 'whoami', '--usage'])).stdout).toContain(
      'records: 5 of 5, 0.0 MiB of 0.0 MiB',
    )
    const { handles } = await readHubStats(swarm.hub.store, Date.now())
    expect(handles).toEqual([{ handle: 'gabriel', records: 5, bytes }])

    const space = await swarm.hub.store.findSpace('gabriel', 'muse')
    const lapsed = { kind: 'intent', lapsedBefore: Date.now(), receivedBefore: null }
    await swarm.hub.store.sweep?.(space as NonNullable<typeof space>, [lapsed])
    expect(await machine.push()).toMatchObject({ inserted: 2, rejected: [], failed: false })
    expect((await swarm.stored()).length).toBeLessThanOrEqual(5)
  })

  it('is each handle’s own: that of a member who writes does not touch the owner’s', async () => {
    const hub = await startHub({ limits: SMALL })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    const ada = await hub.register('ada')
    await gabriel.fetch('/api/repos/gabriel/shared', { method: 'PUT', body: { visibility: 'private' } })
    await gabriel.fetch('/api/repos/gabriel/shared/members/ada', { method: 'PUT', body: { role: 'write' } })
    const records = Array.from({ length: 9 }, (_, n) => ({
      ...{ kind: 'intent', record_id: `ada${n}`, run_id: 'ada', expires_at: null },
      payload: n === 0 ? { note: 'x'.repeat(5000) } : {},
    }))
    const before = await hub.store.usage('gabriel')
    const answer = await ada.fetch('/gabriel/shared/coord/push', { method: 'POST', body: { records } })
    expect(answer.status).toBe(200)
    const { inserted, rejected } = (await answer.json()) as { inserted: number; rejected: { reason: string }[] }
    expect([inserted, rejected.length]).toEqual([5, 4])
    expect(rejected.map(({ reason }) => /may have (.+?)\./.exec(reason)?.[1])).toEqual([
      '4096 bytes',
      ...Array.from({ length: 3 }, () => '5 records'),
    ])
    expect(await hub.store.usage('gabriel')).toMatchObject({ records: before.records, bytes: before.bytes })
  })

  it('is told to nobody who does not sign', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const answer = await fetch(`${hub.url}/api/auth/usage`)
    expect(answer.status).toBe(401)
  })
})
