import { describe, expect, it } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../src/hub/limits.js'
import { claim, enqueue, openSession, tasks } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { workspaceAt } from '../workspace/workspace-at.js'

const HOUR = 3_600_000

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

describe('a claim without an end, of a program that counts no tenures', () => {
  it.each([
    ['a day', 1],
    ['three days', 3],
  ])('holds a day by the clock of a hub that grants %s, and what it has finished stays finished', async (_, days) => {
    let offset = -23 * HOUR
    const clock = { now: () => Date.now() + offset }
    const hub = await startHub({ clock, limits: { leaseSeconds: days * DEFAULT_LIMITS.leaseSeconds } })
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    const machine = await createMachine({ hub: hub.url, signer: gabriel })
    for (const id of ['live', 'done']) await did(machine, 'enqueue', id, '--id', id)
    await machine.push()
    const old = (id: string, more: object) => ({
      ...{ kind: 'claim', record_id: id, run_id: 'old', expires_at: null },
      payload: { task_id: id, claimer_run_id: 'old', ...more },
    })
    const records = [old('live', {}), old('done', { status: 'completed' })]
    expect((await gabriel.fetch('/gabriel/muse/coord/push', { method: 'POST', body: { records } })).status).toBe(200)
    expect(await did(machine, 'claim', 'live', '--run-id', 'a')).toMatchObject({ exitCode: 6 })
    expect(await did(machine, 'claim', '--run-id', 'a')).toMatchObject({ exitCode: 4 })

    offset += 24 * HOUR
    expect(await did(machine, 'claim', 'done', '--run-id', 'a')).toMatchObject({ exitCode: 4 })
    const claimed = await did(machine, 'claim', '--run-id', 'a')
    expect(claimed).toMatchObject({ task_id: 'live', token: 2, attempts: [{ run_id: 'old', status: 'lapsed' }] })
    expect(await did(machine, 'claim', '--run-id', 'b')).toMatchObject({ exitCode: 4 })
    expect(await did(machine, 'complete', 'live', '--run-id', 'a')).toMatchObject({ exitCode: 0 })
    const { tasks: listed } = (await did(machine, 'tasks')) as { tasks: { task_id: string; status: string }[] }
    expect(Object.fromEntries(listed.map(({ task_id: id, status }) => [id, status]))).toEqual({
      live: 'completed',
      done: 'completed',
    })
  })

  it('holds a day on a machine that decides alone', async () => {
    const test = await workspaceAt()
    test.clock.milliseconds = Date.now()
    const session = await openSession({ directory: test.root, env: {}, clock: test.clock })
    for (const taskId of ['live', 'done']) await enqueue(session, { taskId, title: taskId, runId: 'p' })
    test.put('claims/live.json', { task_id: 'live', claimer_run_id: 'old' })
    test.put('claims/done.json', { task_id: 'done', claimer_run_id: 'old', status: 'completed' })
    test.clock.move(23 * 3600)
    await expect(claim(session, { runId: 'a', task: 'live', ttlSeconds: 60 })).rejects.toMatchObject({ status: 'held' })
    test.clock.move(2 * 3600)
    expect(await claim(session, { runId: 'a', ttlSeconds: 60 })).toMatchObject({ taskId: 'live' })
    await expect(claim(session, { runId: 'a', task: 'done', ttlSeconds: 60 })).rejects.toMatchObject({
      code: 'TASK_FINISHED',
    })
    const found = tasks(session, {}).map(({ taskId, status }) => [taskId, status])
    expect(Object.fromEntries(found)).toEqual({ live: 'claimed', done: 'completed' })
  })
})
