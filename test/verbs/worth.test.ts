import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { claim, enqueue, init, openSession, reserve, status, wait } from '../../src/index.js'
import { cleanUp } from '../support/clean-up.js'
import { repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { StandingClock } from '../workspace/workspace-at.js'
import { verbsAt } from './verbs-at.js'

const NOTHING = { collisions_prevented: 0, waits_ended: 0, work_freed: 0, days: [] }

describe('what coordination was worth, in status', () => {
  it('counts who was refused, and not who was warned, had it already or asked only', async () => {
    const { run } = await verbsAt()
    await run('reserve', 'src/a.ts', '--run-id', 'agent-1', '--deny')
    await run('reserve', 'src/a.ts', '--run-id', 'agent-1', '--deny')
    await run('reserve', 'src/a.ts', '--run-id', 'agent-2')
    await run('check', 'src/a.ts', '--run-id', 'agent-2')
    expect((await run('status')).json).toMatchObject({ worth: NOTHING })
    expect((await run('status')).text).not.toContain('In 7 days')
    expect((await run('reserve', 'src/', '--run-id', 'agent-3', '--deny')).exitCode).toBe(6)
    expect((await run('reserve', 'src/a.ts', '--run-id', 'agent-3', '--deny')).exitCode).toBe(6)
    expect((await run('status')).json).toMatchObject({
      worth: { collisions_prevented: 1, days: [{ day: '2026-03-18', runs: [{ run_id: 'agent-3' }] }] },
    })
    expect((await run('status', '--run-id', 'agent-1')).json).toMatchObject({ worth: NOTHING })
    expect((await run('status')).text).toContain(
      'In 7 days 1 collision prevented, 0 waits ended, 0 things of dead runs freed;\ntoday 1, 0 and 0.',
    )
  })

  it('counts a task that was refused, and one that is taken over when its run has let it lapse', async () => {
    const { run, clock } = await verbsAt()
    await run('enqueue', 'Mend it', '--id', 't1')
    await run('claim', 't1', '--run-id', 'agent-1', '--ttl', '60')
    expect((await run('claim', 't1', '--run-id', 'agent-2')).exitCode).toBe(6)
    expect((await run('claim', 't1', '--run-id', 'agent-2')).exitCode).toBe(6)
    expect((await run('status')).json).toMatchObject({ worth: { collisions_prevented: 1, work_freed: 0 } })
    clock.move(61)
    expect((await run('claim', 't1', '--run-id', 'agent-2')).exitCode).toBe(0)
    expect((await run('status')).json).toMatchObject({
      worth: { collisions_prevented: 1, work_freed: 1, days: [{ runs: [{}, { run_id: 'agent-1', work_freed: 1 }] }] },
    })
  })

  it('counts no task that was given back and taken by the next', async () => {
    const { run } = await verbsAt()
    await run('enqueue', 'Mend it', '--id', 't1')
    await run('claim', 't1', '--run-id', 'agent-1')
    await run('fail-task', 't1', '--run-id', 'agent-1', '--retry')
    await run('claim', 't1', '--run-id', 'agent-2')
    expect((await run('status')).json).toMatchObject({ worth: NOTHING })
  })

  it('counts a wait that ended with what was waited for, and none that found it at once or timed out', async () => {
    const { run } = await verbsAt()
    const { json } = await run('reserve', 'src/a.ts', '--run-id', 'agent-1', '--deny')
    expect((await run('wait', 'src/a.ts', '--run-id', 'agent-2', '--timeout', '0')).exitCode).toBe(8)
    const waiting = run('reserve', 'src/a.ts', '--run-id', 'agent-2', '--deny', '--wait', '--timeout', '30')
    // It stands in the row when its run shows.
    while (!(await run('status')).json.runs.some((one) => one.run_id === 'agent-2'));
    await run('release', json.reservation_id, '--run-id', 'agent-1')
    expect(await waiting).toMatchObject({ exitCode: 0 })
    expect((await run('wait', json.reservation_id)).exitCode).toBe(0)
    expect((await run('status')).json).toMatchObject({
      worth: { collisions_prevented: 0, waits_ended: 1, days: [{ runs: [{ run_id: 'agent-2', waits_ended: 1 }] }] },
    })
  })

  it('counts what a run held whose process has ended, as soon as somebody looks', async () => {
    const directory = repository(`${temporaryDirectory()}/repo`)
    const clock = new StandingClock()
    const agent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    cleanUp(() => void agent.kill('SIGKILL'))
    const env = { MUSE_COORD_PID: String(agent.pid) }
    init(await openSession({ directory, env: {}, clock }))
    const own = await openSession({ directory, env, clock })
    await enqueue(own, { title: 'Port', taskId: 't1' })
    await claim(own, { runId: 'agent-1', ttlSeconds: 600 })
    await reserve(own, { addresses: ['a.ts', 'b.ts'], runId: 'agent-1', ttlSeconds: 600, deny: true })
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    const other = await openSession({ directory, env: {}, clock })
    await wait(other, { ids: ['a.ts'], runId: 'agent-2', timeoutSeconds: 30 })
    const { worth } = await status(other)
    expect(worth).toMatchObject({ workFreed: 2, days: [{ runs: [{ runId: 'agent-1', workFreed: 2 }] }] })
    await wait(other, { ids: ['a.ts'], runId: 'agent-2', timeoutSeconds: 30 })
    expect((await status(other)).worth.workFreed).toBe(2)
  })
})
