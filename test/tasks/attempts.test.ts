import { describe, expect, it } from '@jest/globals'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

describe('the attempts at a task', () => {
  it('are told to whoever has it next, the oldest first, with what the others said', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1')
    expect(await did(machine, 'claim', 't1', '--run-id', 'a1')).toMatchObject({ attempts: [] })
    await did(
      machine,
      'fail-task',
      't1',
      '--run-id',
      'a1',
      '--retry',
      '--error',
      'half done, see branch a1',
      '--result',
      '{"n":1}',
    )
    const lapsing = await did(machine, 'claim', '--run-id', 'a2', '--ttl', '1')
    const first = { run_id: 'a1', status: 'returned', error: 'half done, see branch a1', result: { n: 1 } }
    expect(lapsing).toMatchObject({ task_id: 't1', attempts: [first] })
    // Asked again by the same run it tells the same.
    expect(await did(machine, 'claim', 't1', '--run-id', 'a2', '--ttl', '1')).toMatchObject({
      renewed: true,
      attempts: [first],
    })
    await runCli(machine, ['wait', 't1', '--timeout', '3'])
    const told = await runCli(machine, ['claim', 't1', '--run-id', 'a3'])
    expect(told.stdout).toMatch(
      /Before you a1 gave it back, .*: half done, see branch a1\n {3}Before you a2 let it lapse, /,
    )
    const { attempts } = await did(machine, 'claim', 't1', '--run-id', 'a3')
    expect(attempts).toEqual([
      expect.objectContaining(first),
      expect.objectContaining({ run_id: 'a2', status: 'lapsed', error: null, result: null }),
    ])
    await did(machine, 'complete', 't1', '--run-id', 'a3')
    const { records } = (await did(machine, 'show', 't1')) as { records: { payload: { attempts?: object[] } }[] }
    expect(records.flatMap(({ payload }) => payload.attempts ?? [])).toHaveLength(2)
  })

  it('are not counted again by a run that says once more that it gives back', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1')
    await did(machine, 'claim', 't1', '--run-id', 'a1')
    const giveBack = () => did(machine, 'fail-task', 't1', '--run-id', 'a1', '--retry', '--error', 'no compiler')
    const first = await giveBack()
    expect(first).toMatchObject({ exitCode: 0, status: 'returned', unchanged: false })
    expect(await giveBack()).toEqual({ ...first, unchanged: true, duration_ms: expect.anything() })
    expect(await did(machine, 'claim', 't1', '--run-id', 'a2')).toMatchObject({ attempts: [{ run_id: 'a1' }] })
  })

  it('come over the hub to another machine', async () => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    await did(one, 'enqueue', 'Port the parser', '--id', 't1')
    await one.push()
    await did(one, 'claim', 't1', '--run-id', 'a1')
    await did(one, 'fail-task', 't1', '--run-id', 'a1', '--retry', '--error', 'no compiler here')
    expect(await did(other, 'claim', 't1', '--run-id', 'b1')).toMatchObject({
      attempts: [{ run_id: 'a1', status: 'returned', error: 'no compiler here' }],
    })
  })

  it('are bounded where the task says so: then it has failed, and what waits for it is blocked', async () => {
    const machine = await createMachine()
    const enqueued = await did(machine, 'enqueue', 'Poison', '--id', 'p', '--max-attempts', '2')
    expect(enqueued).toMatchObject({ max_attempts: 2, status: 'pending' })
    await did(machine, 'enqueue', 'After it', '--id', 'q', '--after', 'p')
    for (const run of ['a1', 'a2']) {
      expect(await did(machine, 'claim', '--run-id', run)).toMatchObject({ task_id: 'p' })
      const givenBack = await did(machine, 'fail-task', 'p', '--run-id', run, '--retry', '--error', `${run} could not`)
      expect(givenBack).toMatchObject({ status: 'returned', given_up: run === 'a2' })
    }
    // Said once more, it is the same.
    const again = await runCli(machine, ['fail-task', 'p', '--run-id', 'a2', '--retry'])
    expect(again.stdout).toContain('It has failed by that: it may be tried no more often.')
    expect(await did(machine, 'claim', '--run-id', 'a3')).toMatchObject({ exitCode: 4, status: 'not_found' })
    expect(await did(machine, 'claim', 'p', '--run-id', 'a3')).toMatchObject({ exitCode: 4 })
    const { tasks } = (await did(machine, 'tasks', '--status', 'failed', 'blocked')) as { tasks: object[] }
    expect(tasks).toEqual([
      expect.objectContaining({ task_id: 'p', status: 'failed' }),
      expect.objectContaining({ task_id: 'q', status: 'blocked' }),
    ])
    expect(await did(machine, 'wait', 'p', '--timeout', '5')).toMatchObject({
      ended: [expect.objectContaining({ error: 'given up after 2 attempt(s): a2 could not' })],
    })
  })

  it('are not used up by a run that keeps at it, nor by one that finishes', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Once', '--id', 'o', '--max-attempts', '1')
    expect(await did(machine, 'claim', 'o', '--run-id', 'a1')).toMatchObject({ exitCode: 0 })
    expect(await did(machine, 'claim', 'o', '--run-id', 'a1')).toMatchObject({ renewed: true })
    expect(await did(machine, 'complete', 'o', '--run-id', 'a1')).toMatchObject({ status: 'completed' })
  })

  it.each([
    ['text'],
    [[1, null, 'x']],
    [[{ run_id: 7, status: {}, ended_at: [] }]],
    [Array.from({ length: 300 }, () => ({}))],
  ])('that another program has written oddly hurt nobody: %j', async (attempts) => {
    const machine = await createMachine()
    const claim = {
      task_id: 't1',
      claimer_run_id: 'x',
      status: 'returned',
      expires_at: '1970-01-01T00:00:00Z',
      attempts,
    }
    machine.write({ 'tasks/t1.json': { task_id: 't1' }, 'claims/t1.json': claim })
    const claimed = await did(machine, 'claim', 't1', '--run-id', 'a1')
    expect(claimed.exitCode).toBe(0)
    expect((claimed.attempts as object[]).length).toBeLessThanOrEqual(20)
  })
})
