import { describe, expect, it } from '@jest/globals'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

const did = async (machine: Machine, ...argv: string[]) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { ...documentOf(ended), exitCode: ended.exitCode } as Record<string, unknown>
}

const HANDED = ['--note', 'half done, see branch a1', '--result', '{"done":2}']

describe('handing a task over', () => {
  it('leaves it to the named run, which is told the note', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1', '--priority', '9')
    await did(machine, 'enqueue', 'Another', '--id', 't2')
    await did(machine, 'claim', 't1', '--run-id', 'a1')
    expect(await did(machine, 'handover', 't1', '--run-id', 'a1', '--to', 'a2', ...HANDED)).toMatchObject({
      ...{ exitCode: 0, task_id: 't1', status: 'returned', handed_to: 'a2', handed_until: expect.any(String) },
      ...{ note: 'half done, see branch a1', result: { done: 2 }, unchanged: false },
    })
    // Who did not hear the answer says it again.
    const again = await did(machine, 'handover', 't1', '--run-id', 'a1', '--to', 'a2', ...HANDED)
    expect(again).toMatchObject({ exitCode: 0, unchanged: true, handed_to: 'a2', note: 'half done, see branch a1' })
    // Named, it is refused by whoever else asks; whoever takes what comes gets the next one.
    const refused = await did(machine, 'claim', 't1', '--run-id', 'a3')
    expect(refused).toMatchObject({ exitCode: 6, error: expect.stringContaining('handed to the run a2') })
    expect(await did(machine, 'claim', '--run-id', 'a3')).toMatchObject({ task_id: 't2' })
    expect(await did(machine, 'claim', '--run-id', 'a4')).toMatchObject({ exitCode: 4 })
    const told = await runCli(machine, ['claim', '--run-id', 'a2'])
    expect(told.stdout).toMatch(/Claimed t1 .*\n {3}Before you a1 handed it to a2, .*: half done, see branch a1/)
    expect(await did(machine, 'claim', 't1', '--run-id', 'a2')).toMatchObject({
      attempts: [
        { run_id: 'a1', status: 'handed', handed_to: 'a2', note: 'half done, see branch a1', result: { done: 2 } },
      ],
    })
    // What was said to a2 is not said by a2.
    await did(machine, 'fail-task', 't1', '--run-id', 'a2', '--retry')
    expect(await did(machine, 'claim', 't1', '--run-id', 'a5')).toMatchObject({
      attempts: [{ status: 'handed' }, { run_id: 'a2', status: 'returned', handed_to: null, note: null }],
    })
  })

  it('gives back what the run has reserved when it is asked to, and tells the next one what that was', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1')
    await did(machine, 'claim', 't1', '--run-id', 'a1')
    await did(machine, 'reserve', 'src/a.ts', 'src/b.ts', '--deny', '--run-id', 'a1')
    await did(machine, 'reserve', 'src/c.ts', '--run-id', 'another')
    const handed = ['handover', 't1', '--run-id', 'a1', '--to', 'a2', '--release']
    expect(await did(machine, ...handed)).toMatchObject({ exitCode: 0, reserved: ['src/a.ts', 'src/b.ts'] })
    expect(await did(machine, ...handed)).toMatchObject({ unchanged: true, reserved: ['src/a.ts', 'src/b.ts'] })
    expect(await did(machine, 'mine', '--run-id', 'a1')).toMatchObject({ holds: [] })
    expect(await did(machine, 'mine', '--run-id', 'another')).toMatchObject({ holds: [{ what: ['src/c.ts'] }] })
    const told = await runCli(machine, ['claim', '--run-id', 'a2'])
    expect(told.stdout).toContain('\n   It gave back src/a.ts src/b.ts: reserve what you go on with.')
    const attempts = [{ run_id: 'a1', status: 'handed', reserved: ['src/a.ts', 'src/b.ts'] }]
    expect(await did(machine, 'claim', 't1', '--run-id', 'a2')).toMatchObject({ attempts })
    expect(await did(machine, 'reserve', 'src/a.ts', '--deny', '--run-id', 'a2')).toMatchObject({ exitCode: 0 })
  })

  it('leaves it to whoever comes next where nobody is named, and is no attempt', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Once', '--id', 't1', '--max-attempts', '1')
    await did(machine, 'claim', 't1', '--run-id', 'a1')
    const first = await did(machine, 'handover', 't1', '--run-id', 'a1', '--note', 'needs a GPU')
    expect(first).toMatchObject({ exitCode: 0, handed_to: null, handed_until: null })
    expect(await did(machine, 'claim', '--run-id', 'a2')).toMatchObject({
      ...{ task_id: 't1', attempts: [{ run_id: 'a1', status: 'handed', handed_to: null, note: 'needs a GPU' }] },
    })
    expect(await did(machine, 'handover', 't1', '--run-id', 'a1')).toMatchObject({ exitCode: 6 })
    await did(machine, 'fail-task', 't1', '--run-id', 'a2', '--retry')
    expect(await did(machine, 'claim', '--run-id', 'a3')).toMatchObject({ exitCode: 4 })
  })

  it('leaves it to nobody any more once its time is over, for which who waits waits', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1')
    await did(machine, 'claim', 't1', '--run-id', 'a1')
    await did(machine, 'handover', 't1', '--run-id', 'a1', '--to', 'a2', '--within', '1')
    const [named, any] = await Promise.all([
      did(machine, 'claim', 't1', '--run-id', 'a3', '--wait', '--timeout', '60'),
      did(machine, 'tasks'),
    ])
    expect(any).toMatchObject({ tasks: [{ task_id: 't1', status: expect.stringMatching(/pending|claimed/) }] })
    expect(named).toMatchObject({ exitCode: 0, run_id: 'a3', attempts: [{ status: 'handed', handed_to: 'a2' }] })
  })

  it('is one act at the hub, by which the machines of the others keep off', async () => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    await did(one, 'enqueue', 'Port the parser', '--id', 't1')
    await one.push()
    await did(one, 'claim', 't1', '--run-id', 'a1')
    await did(one, 'handover', 't1', '--run-id', 'a1', '--to', 'b1', '--note', 'no compiler here')
    expect(await did(other, 'claim', 't1', '--run-id', 'b2')).toMatchObject({ exitCode: 6 })
    expect(await did(other, 'claim', '--run-id', 'b2')).toMatchObject({ exitCode: 4 })
    expect(await did(other, 'claim', '--run-id', 'b1')).toMatchObject({
      ...{ task_id: 't1', attempts: [{ run_id: 'a1', status: 'handed', handed_to: 'b1', note: 'no compiler here' }] },
    })
    // Who gave it away has not lost it: another has it.
    expect(await did(one, 'complete', 't1', '--run-id', 'a1')).toMatchObject({
      exitCode: 6,
      error: expect.stringContaining('b1'),
    })
  })

  it('is heard of by who was in step a moment before', async () => {
    const swarm = await createSwarm()
    const [one, other] = [await swarm.machine(), await swarm.machine()]
    for (const id of ['t1', 't2']) {
      await did(one, 'enqueue', 'Port the parser', '--id', id, ...(id === 't1' ? ['--priority', '9'] : []))
    }
    await one.push()
    await did(other, 'sync', 'pull')
    await did(one, 'claim', 't1', '--run-id', 'a1')
    await did(one, 'handover', 't1', '--run-id', 'a1', '--to', 'b1')
    expect(await did(other, 'claim', '--run-id', 'b2')).toMatchObject({ exitCode: 0, task_id: 't2' })
    await did(other, 'sync', 'pull')
    await did(one, 'enqueue', 'Another', '--id', 't3')
    await one.push()
    await did(other, 'sync', 'pull')
    await did(one, 'claim', 't3', '--run-id', 'a3')
    await did(one, 'handover', 't3', '--run-id', 'a3', '--to', 'b1')
    expect(await did(other, 'claim', '--run-id', 'b3')).toMatchObject({ exitCode: 4 })
  })

  it('is refused where the run has not got it, and for a name that no run has', async () => {
    const machine = await createMachine()
    await did(machine, 'enqueue', 'Port the parser', '--id', 't1')
    expect(await did(machine, 'handover', 't1', '--run-id', 'a1')).toMatchObject({ exitCode: 1 })
    await did(machine, 'claim', 't1', '--run-id', 'a2')
    expect(await did(machine, 'handover', 't1', '--run-id', 'a1')).toMatchObject({ exitCode: 6 })
    expect(await did(machine, 'handover', 't1', '--run-id', 'a2', '--to', 'a b')).toMatchObject({ exitCode: 1 })
  })
})
