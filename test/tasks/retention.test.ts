import { describe, expect, it } from '@jest/globals'
import { parseRetention } from '../../src/hub/retention.js'
import { sweepHub } from '../../src/hub/sweep-hub.js'
import type { Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const DAY = 86_400_000

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

/** A hub with a task that is done and one that was given up after its one attempt; who enqueued them has not heard of it. */
async function spaceOfEnded() {
  const swarm = await createSwarm()
  const [enqueuer, worker, newcomer] = [await swarm.machine(), await swarm.machine(), await swarm.machine()]
  await did(enqueuer, 'enqueue', 'Done', '--id', 'done')
  await did(enqueuer, 'enqueue', 'Tried', '--id', 'tried', '--max-attempts', '1')
  await enqueuer.push()
  for (const id of ['done', 'tried']) await did(worker, 'claim', id, '--run-id', 'a', '--another')
  await did(worker, 'complete', 'done', '--run-id', 'a')
  await did(worker, 'fail-task', 'tried', '--run-id', 'a', '--retry', '--error', 'no compiler')
  const sweep = (days: number, ...rules: string[]) =>
    sweepHub(swarm.hub.store, parseRetention(rules), Date.now() + days * DAY)
  return { swarm, enqueuer, newcomer, sweep }
}

describe('retention at a hub', () => {
  it('opens no task again that has ended, and forgets no attempt at one that is kept', async () => {
    const { enqueuer, newcomer, sweep } = await spaceOfEnded()
    await sweep(1)
    await sweep(100)
    for (const machine of [newcomer, enqueuer]) {
      expect(await did(machine, 'claim', '--run-id', 'b')).toMatchObject({ exitCode: 4 })
      expect(await did(machine, 'claim', 'tried', '--run-id', 'b')).toMatchObject({ exitCode: 4 })
    }
    const { tasks } = (await did(newcomer, 'tasks')) as { tasks: { task_id: string; status: string }[] }
    expect(Object.fromEntries(tasks.map(({ task_id: id, status }) => [id, status]))).toEqual({
      done: 'completed',
      tried: 'failed',
    })
  })

  it('opens none that is sent again when it is gone there', async () => {
    const { swarm, enqueuer, newcomer, sweep } = await spaceOfEnded()
    for (let hour = 0; hour < 2; hour++) await sweep(1, 'task=0', 'claim=0')
    // What was tried would be as good as new without its claim, and so the two stay.
    expect((await swarm.stored()).map(({ kind, recordId }) => `${kind} ${recordId}`)).toEqual([
      ...['task tried', 'claim done', 'claim tried'],
    ])
    enqueuer.forget()
    expect(await enqueuer.push()).toMatchObject({ inserted: 1, skipped: 1 })
    for (const machine of [newcomer, enqueuer]) {
      expect(await did(machine, 'claim', 'done', '--run-id', 'b')).toMatchObject({
        ...{ exitCode: 4, error: expect.stringContaining('is completed, by a') },
      })
      expect(await did(machine, 'claim', 'tried', '--run-id', 'b')).toMatchObject({ exitCode: 4 })
    }
  })
})
