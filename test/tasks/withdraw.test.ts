import { describe, expect, it } from '@jest/globals'
import { claim } from '../../plugins/tasks/claim.js'
import { enqueue } from '../../plugins/tasks/enqueue.js'
import { tasks } from '../../plugins/tasks/tasks.js'
import { replace } from '../../plugins/tasks/withdraw.js'
import { CLOCK } from '../../src/base/clock.js'
import type { Session } from '../../src/plugin.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { startHub } from '../support/start-hub.js'
import { StandingClock } from '../workspace/workspace-at.js'

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

const statuses = async (machine: Machine) => {
  const { tasks } = (await did(machine, 'tasks')) as { tasks: { task_id: string; status: string }[] }
  return Object.fromEntries(tasks.map(({ task_id: id, status }) => [id, status]))
}

describe('withdrawing a task', () => {
  it('ends it for good, blocks what waits for it, and says so again', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Old', '--id', 'old')
    await did(machine, 'enqueue', 'Next', '--id', 'next', '--after', 'old')
    expect(await did(machine, 'withdraw', 'old', '--run-id', 'p', '--reason', 'done by hand')).toMatchObject({
      ...{ exitCode: 0, status: 'withdrawn', error: 'done by hand', unchanged: false },
    })
    expect(await did(machine, 'withdraw', 'old', '--run-id', 'p')).toMatchObject({ exitCode: 0, unchanged: true })
    expect(await statuses(machine)).toEqual({ old: 'withdrawn', next: 'blocked' })
    expect(await did(machine, 'claim', '--run-id', 'a')).toMatchObject({ exitCode: 4 })
    expect(await did(machine, 'claim', 'old', '--run-id', 'a')).toMatchObject({
      ...{ exitCode: 4, error: expect.stringContaining('is withdrawn, by p') },
    })
  })

  it('leaves alone what another run is at, and what is done', async () => {
    const machine = await createMachine()
    for (const id of ['busy', 'done']) {
      await did(machine, 'enqueue', id, '--id', id)
      await did(machine, 'claim', id, '--run-id', 'a', '--another')
    }
    await did(machine, 'complete', 'done', '--run-id', 'a')
    expect(await did(machine, 'withdraw', 'busy', '--run-id', 'p')).toMatchObject({ exitCode: 6, status: 'held' })
    expect(await did(machine, 'withdraw', 'done', '--run-id', 'p')).toMatchObject({ exitCode: 4 })
    expect(await statuses(machine)).toEqual({ busy: 'claimed', done: 'completed' })
  })

  it('puts another in its place: what waited waits for that, also for one that is replaced again', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Old', '--id', 'old', '--priority', '7', '--queue', 'q', '--payload', '{"a":1}')
    await did(machine, 'enqueue', 'Next', '--id', 'next', '--after', 'old')
    expect(await did(machine, 'enqueue', 'New', '--id', 'new', '--replaces', 'old', '--run-id', 'p')).toMatchObject({
      ...{ exitCode: 0, replaces: 'old', title: 'New', priority: 7, queue: 'q', payload: { a: 1 }, status: 'pending' },
    })
    await did(machine, 'enqueue', 'Newer', '--id', 'newer', '--replaces', 'new', '--priority', '1', '--run-id', 'p')
    expect(await statuses(machine)).toEqual({ old: 'withdrawn', new: 'withdrawn', newer: 'pending', next: 'waiting' })
    expect(await did(machine, 'claim', '--run-id', 'a')).toMatchObject({ task_id: 'newer', priority: 1 })
    await did(machine, 'complete', 'newer', '--run-id', 'a')
    expect(await did(machine, 'claim', '--run-id', 'b')).toMatchObject({ task_id: 'next' })
  })

  it('leaves a task as it was where nothing comes in its place: free, and not tried', async () => {
    const clock = new StandingClock(Date.now())
    const plugins = [(container: Session['container']) => void container.register(CLOCK, { useValue: clock })]
    const { session } = await createMachine({ plugins })
    await enqueue(session, { title: 'Once', taskId: 'once', maxAttempts: 1 })
    await enqueue(session, { title: 'Own', taskId: 'own' })
    await claim(session, { runId: 'p', task: 'own', ttlSeconds: 3600 })
    for (const task of ['once', 'own']) {
      await expect(replace(session, { runId: 'p', task }, { taskId: 'own' })).rejects.toMatchObject({
        code: 'TASK_EXISTS',
      })
    }
    const states = () => tasks(session).map(({ taskId, status }) => [taskId, status])
    const asBefore = [
      ['once', 'pending'],
      ['own', 'claimed'],
    ]
    expect(states()).toEqual(asBefore)
    clock.move(3500)
    expect(states()).toEqual(asBefore)
  })

  it('puts another in the place of what has ended, which stays as it is', async () => {
    const machine = await createMachine()
    for (const id of ['done', 'failed', 'given-up']) {
      await did(machine, 'enqueue', id, '--id', id, '--queue', 'q', '--payload', '{"a":1}', '--max-attempts', '1')
      await did(machine, 'enqueue', `after ${id}`, '--id', `after-${id}`, '--after', id)
      await did(machine, 'claim', id, '--run-id', 'a', '--another')
    }
    await did(machine, 'complete', 'done', '--run-id', 'a')
    await did(machine, 'fail-task', 'failed', '--run-id', 'a', '--error', 'no compiler')
    await did(machine, 'fail-task', 'given-up', '--run-id', 'a', '--retry')
    expect(await statuses(machine)).toMatchObject({ 'after-failed': 'blocked', 'after-given-up': 'blocked' })
    for (const id of ['done', 'failed', 'given-up']) {
      const refused = await did(machine, 'claim', id, '--run-id', 'b')
      expect(refused).toMatchObject({ exitCode: 4, hint: expect.stringContaining(`enqueue TITLE --replaces ${id}`) })
      expect(
        await did(machine, 'enqueue', 'Again', '--id', `${id}-2`, '--replaces', id, '--run-id', 'b'),
      ).toMatchObject({
        ...{ exitCode: 0, replaces: id, queue: 'q', payload: { a: 1 }, status: 'pending' },
      })
    }
    expect(await statuses(machine)).toMatchObject({
      ...{ done: 'completed', failed: 'failed', 'given-up': 'failed' },
      ...{ 'after-done': 'pending', 'after-failed': 'waiting', 'after-given-up': 'waiting' },
    })
    expect(await did(machine, 'enqueue', 'Third', '--replaces', 'failed', '--run-id', 'b')).toMatchObject({
      ...{ exitCode: 1, hint: expect.stringContaining('--replaces failed-2') },
    })
    for (const id of ['failed-2', 'given-up-2']) {
      await did(machine, 'claim', id, '--run-id', 'b', '--another')
      await did(machine, 'complete', id, '--run-id', 'b')
    }
    expect(await statuses(machine)).toMatchObject({ 'after-failed': 'pending', 'after-given-up': 'pending' })
    const { records } = (await did(machine, 'show', 'failed')) as { records: { payload: object }[] }
    expect(records.map(({ payload }) => payload)).toContainEqual(
      expect.objectContaining({ status: 'failed', error: 'no compiler', claimer_run_id: 'a', replaced_by: 'failed-2' }),
    )
  })

  it('takes one that waits for others, and blocks nothing by two that name each other', async () => {
    const machine = await createMachine()
    const withdrawn = (id: string, by: string) => ({
      ...{ task_id: id, claimer_run_id: 'x', status: 'withdrawn', expires_at: null, replaced_by: by },
    })
    machine.write({
      ...{ 'tasks/a.json': { task_id: 'a' }, 'claims/a.json': withdrawn('a', 'b') },
      ...{ 'tasks/b.json': { task_id: 'b' }, 'claims/b.json': withdrawn('b', 'a') },
      'tasks/c.json': { task_id: 'c', after: ['a'] },
    })
    expect(await statuses(machine)).toMatchObject({ c: 'blocked' })
    await did(machine, 'enqueue', 'First', '--id', 'first')
    await did(machine, 'enqueue', 'Waits', '--id', 'waits', '--after', 'first')
    expect(await did(machine, 'withdraw', 'waits', '--run-id', 'p')).toMatchObject({ exitCode: 0 })
  })

  it('is for who has enqueued it, and for the owner of the space', async () => {
    const hub = await startHub()
    cleanUp(hub.close)
    const owner = await createMachine({ hub: hub.url, signer: await hub.register('gabriel') })
    const ada = await createMachine({ hub: hub.url, signer: await hub.register('ada') })
    await did(owner, 'enqueue', 'Of the owner', '--id', 'own')
    await owner.push()
    expect(await did(owner, 'space', 'grant', 'ada')).toMatchObject({ exitCode: 0 })
    await did(ada, 'sync', 'pull')
    await did(ada, 'enqueue', 'Of Ada', '--id', 'adas')
    await ada.push()
    await owner.pull()
    expect(await did(ada, 'withdraw', 'own', '--run-id', 'a')).toMatchObject({ exitCode: 6 })
    expect(await did(owner, 'withdraw', 'adas', '--run-id', 'g')).toMatchObject({ exitCode: 0, status: 'withdrawn' })
    expect(await did(ada, 'claim', '--run-id', 'a')).toMatchObject({ exitCode: 0, task_id: 'own' })
    await did(ada, 'fail-task', 'own', '--run-id', 'a')
    expect(
      await did(owner, 'enqueue', 'Once more', '--id', 'own-2', '--replaces', 'own', '--run-id', 'g'),
    ).toMatchObject({ exitCode: 0 })
    await did(owner, 'claim', 'own-2', '--run-id', 'g')
    await did(owner, 'fail-task', 'own-2', '--run-id', 'g')
    await owner.push()
    await did(ada, 'sync', 'pull')
    expect(await did(ada, 'show', 'own')).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({ payload: expect.objectContaining({ replaced_by: 'own-2' }) }),
      ]),
    })
    expect(await did(ada, 'enqueue', 'Mine', '--replaces', 'own-2', '--run-id', 'a')).toMatchObject({ exitCode: 6 })
  })
})
