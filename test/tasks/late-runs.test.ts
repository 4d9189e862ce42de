import { beforeEach, describe, expect, it } from '@jest/globals'
import { openLeases } from '../../src/plugin.js'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

async function verb(machine: Machine, ...argv: string[]) {
  const ended = await runCli(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, json: documentOf(ended) as Record<string, unknown> }
}

const LENGTH = 600
let offset: number
let owner: Machine
/** Stores of one user, who does not own the space. */
let late: Machine
let other: Machine
let third: Machine

beforeEach(async () => {
  offset = 0
  const swarm = await createSwarm({ clock: { now: () => Date.now() + offset } })
  const ada = await swarm.hub.register('ada')
  owner = await swarm.machine()
  late = await swarm.machine({ signer: ada })
  other = await swarm.machine({ signer: ada })
  third = await swarm.machine({ signer: ada })
  await verb(owner, 'enqueue', 'Port', '--id', 't1')
  await owner.push()
  await verb(owner, 'space', 'grant', 'ada')
  await verb(third, 'sync', 'pull')
  expect(await verb(late, 'claim', 't1', '--run-id', 'r1', '--ttl', String(LENGTH))).toMatchObject({ exitCode: 0 })
  await verb(other, 'sync', 'pull')
  expect(await verb(other, 'claim', 't1', '--run-id', 'r2', '--take')).toMatchObject({
    ...{ exitCode: 6, json: { error: expect.stringContaining('r1') } },
  })
  // Two thirds of its time have gone by.
  offset = LENGTH * 0.75 * 1000
  expect(await verb(other, 'claim', 't1', '--run-id', 'r2', '--take')).toMatchObject({
    ...{ exitCode: 6, json: { status: 'held', error: expect.stringContaining('held by the run r1, until') } },
  })
})

describe('a claim that another run of its author has asked to take, whose run is late', () => {
  it('is renewed no more by a beat nor by another claim, of which its run is told, and is ended by it', async () => {
    const [end] = ((await verb(late, 'status')).json.holds as { until: string }[]).map(({ until }) => until)
    for (const _ of [1, 2])
      expect(await verb(late, 'heartbeat', '--run-id', 'r1')).toMatchObject({
        ...{ exitCode: 0, json: { status: 'ok', not_renewed: [{ what: 't1', reason: 'taken', until: end }] } },
      })
    expect(await verb(late, 'claim', 't1', '--run-id', 'r1')).toMatchObject({
      ...{ exitCode: 7, json: { error: expect.stringContaining('is the run r1’s until') } },
    })
    expect(await verb(late, 'complete', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    offset = (LENGTH + 1) * 1000
    expect(await verb(other, 'claim', 't1', '--run-id', 'r2')).toMatchObject({ exitCode: 4 })
  })

  it.each([
    ['gives back', ['fail-task', 't1', '--retry', '--run-id', 'r1']],
    ['leaves with', ['leave', '--run-id', 'r1']],
  ])('is free at once where its run %s it', async (_, line) => {
    expect(await verb(late, ...line)).toMatchObject({ exitCode: 0 })
    expect(await verb(other, 'claim', 't1', '--run-id', 'r2')).toMatchObject({ exitCode: 0 })
  })

  it('is renewed no more either where the one that asked works in the same store', async () => {
    expect(await verb(third, 'claim', 't1', '--run-id', 'r3', '--take')).toMatchObject({ exitCode: 6 })
    await verb(late, 'complete', 't1', '--run-id', 'r1')
    await verb(owner, 'enqueue', 'Port', '--id', 't2')
    await owner.push()
    expect(await verb(third, 'claim', 't2', '--run-id', 'r3', '--ttl', String(LENGTH))).toMatchObject({ exitCode: 0 })
    offset += LENGTH * 0.75 * 1000
    expect(await verb(third, 'claim', 't2', '--run-id', 'r2', '--take')).toMatchObject({ exitCode: 6 })
    expect(await verb(third, 'heartbeat', '--run-id', 'r3')).toMatchObject({
      ...{ exitCode: 0, json: { not_renewed: [{ what: 't2', reason: 'taken' }] } },
    })
  })

  it('is ended by what its run wrote without the hub', async () => {
    expect(await verb(late, 'complete', 't1', '--run-id', 'r1', '--offline')).toMatchObject({ exitCode: 0 })
    expect(await verb(late, 'sync', 'push')).toMatchObject({ exitCode: 0, json: { lost: [], conflicts: [] } })
    expect(await verb(other, 'claim', 't1', '--run-id', 'r2')).toMatchObject({ exitCode: 4 })
  })

  it('is changed no more by what was written without the hub, and the push tells', async () => {
    expect(await verb(late, 'claim', 't1', '--run-id', 'r1', '--offline')).toMatchObject({ exitCode: 0 })
    expect(await verb(late, 'sync', 'push')).toMatchObject({ exitCode: 7, json: { lost: [{ run_id: 'r1' }] } })
    expect(await verb(late, 'complete', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 7 })
  })

  it('is not its run’s in another store either, which asks for the first of several', async () => {
    const leases = await openLeases(third.session, { isOffline: false })
    const wish = { kind: 'claim', recordId: 't1', runId: 'r1', ttlSeconds: 3 * LENGTH }
    expect(await leases.canAcquireFirst('claim')).toBe(true)
    // What it has seen is of before all this.
    expect(await leases.tryAcquireFirst([wish])).toEqual([{ outcome: 'refused', holder: null }])
  })

  it('is nobody else’s before its end, and then whose who asks first', async () => {
    for (const machine of [owner, other]) {
      expect(await verb(machine, 'claim', '--run-id', 'r3')).toMatchObject({ exitCode: 4 })
      expect(await verb(machine, 'claim', 't1', '--run-id', 'r3')).toMatchObject({ exitCode: 6 })
    }
    offset = (LENGTH + 1) * 1000
    expect(await verb(other, 'claim', '--run-id', 'r2')).toMatchObject({
      ...{ exitCode: 0, json: { task_id: 't1', token: 2, attempts: [{ run_id: 'r1', status: 'lapsed' }] } },
    })
    expect(await verb(late, 'complete', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 7 })
    expect(await verb(other, 'complete', 't1', '--run-id', 'r2')).toMatchObject({ exitCode: 0 })
  })
})
