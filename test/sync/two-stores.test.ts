import { describe, expect, it } from '@jest/globals'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

const HOUR = 3_600_000

describe('one run in two stores of one user', () => {
  it('loses nothing that either of them extends, whoever beats last and knows less', async () => {
    const swarm = await createSwarm()
    const [first, second, other] = [await swarm.machine(), await swarm.machine(), await swarm.machine()]
    await did(first, 'reserve', 'one.ts', '--run-id', 'r1', '--deny', '--ttl', '60')
    await did(first, 'heartbeat', '--run-id', 'r1', '--extension', '2h')
    await did(second, 'sync', 'pull')
    expect(await did(second, 'reserve', 'two.ts', '--run-id', 'r1', '--resume', '--deny', '--ttl', '60')).toMatchObject(
      {
        exitCode: 0,
      },
    )
    expect(await did(second, 'heartbeat', '--run-id', 'r1', '--resume', '--extension', '2h')).toMatchObject({
      exitCode: 0,
    })
    // It has not heard of the second file.
    expect(await did(first, 'heartbeat', '--run-id', 'r1', '--extension', '2h')).toMatchObject({ exitCode: 0 })
    await did(other, 'sync', 'pull')
    for (const file of ['one.ts', 'two.ts']) {
      const { holders } = (await did(other, 'check', file, '--run-id', 'r9')) as { holders: { until: string }[] }
      expect(holders.map(({ until }) => Date.parse(until) - Date.now() > HOUR)).toEqual([true])
    }
    // And the next beat of the one that had known less keeps it.
    await did(first, 'heartbeat', '--run-id', 'r1', '--extension', '2h')
    await did(other, 'sync', 'pull')
    const { holders } = (await did(other, 'check', 'two.ts', '--run-id', 'r9')) as { holders: { until: string }[] }
    expect(holders.map(({ until }) => Date.parse(until) - Date.now() > HOUR)).toEqual([true])
  })

  it('has in the second what it holds, once it goes on there: it renews, resumes, gives back and completes it', async () => {
    const swarm = await createSwarm()
    const [first, second, other] = [await swarm.machine(), await swarm.machine(), await swarm.machine()]
    await did(first, 'enqueue', 'Port', '--id', 't1', '--run-id', 'r0')
    await did(first, 'claim', 't1', '--run-id', 'r1', '--ttl', '600')
    const reserved = await did(first, 'reserve', 'one.ts', '--run-id', 'r1', '--deny', '--ttl', '600')
    await did(first, 'sync', 'push')
    const beaten = await did(second, 'heartbeat', '--run-id', 'r1', '--resume')
    expect(beaten).toMatchObject({ exitCode: 0, not_renewed: [] })
    expect(beaten.renewed).toEqual([
      expect.objectContaining({ kind: 'reservation', what: 'one.ts' }),
      expect.objectContaining({ kind: 'claim', what: 't1' }),
    ])
    expect(await did(second, 'claim', '--run-id', 'r1')).toMatchObject({ task_id: 't1', resumed: true, token: 1 })
    await did(first, 'sync', 'pull')
    const until = async (machine: Machine) => {
      const { tasks } = (await did(machine, 'tasks')) as { tasks: { claim: { expires_at: string } }[] }
      return tasks.map((task) => task.claim.expires_at)
    }
    expect(await until(first)).toEqual(await until(second))
    expect(await did(second, 'reserve', 'one.ts', '--run-id', 'r1', '--deny')).toMatchObject({
      renewed: true,
      reservation_id: reserved.reservation_id,
    })
    expect(await did(second, 'release', 'one.ts', '--run-id', 'r1')).toMatchObject({ exitCode: 0 })
    expect(await did(second, 'complete', 't1', '--run-id', 'r1')).toMatchObject({ exitCode: 0, status: 'completed' })
    await did(second, 'sync', 'push')
    await did(other, 'sync', 'pull')
    expect(await did(other, 'check', 'one.ts', '--run-id', 'r9')).toMatchObject({ status: 'free' })
    await did(first, 'sync', 'pull')
    expect(await did(first, 'heartbeat', '--run-id', 'r1')).toMatchObject({ status: 'namesake', exitCode: 6 })
  })
})
