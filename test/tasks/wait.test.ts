import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { answer, passOnTo } from '../support/faulty-hub.js'
import { createMachine, type Machine } from '../support/machine.js'
import { type CliOptions, documentOf, runCli } from '../support/run-cli.js'
import { createSwarm } from '../support/swarm.js'

async function verb(machine: Machine, argv: string[], options: CliOptions = {}) {
  const ended = await runCli(machine, [...argv, '--json'], options)
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose shape is what the tests look into
  const json: any = documentOf(ended)
  return { exitCode: ended.exitCode, json }
}

/**
 * Timers of three seconds and more do not fire: none after which a wait looks again by itself, and no end of its time either.
 * What ends a wait then is what it heard, or a time that it was told; another one outlasts the test.
 */
function withoutLooksByItself(): void {
  const start = globalThis.setTimeout
  const timers = jest.spyOn(globalThis, 'setTimeout')
  timers.mockImplementation(((call: () => void, milliseconds = 0, ...rest: []) =>
    start(call, milliseconds < 3000 ? milliseconds : 2 ** 31 - 1, ...rest)) as typeof setTimeout)
  cleanUp(() => timers.mockRestore())
}

describe('wait', () => {
  it('ends as soon as the tasks are finished here, and tells how', async () => {
    withoutLooksByItself()
    const machine = await createMachine()
    for (const id of ['task-1', 'task-2']) await verb(machine, ['enqueue', id, '--id', id])
    const waiting = verb(machine, ['wait', 'task-1', 'task-2', '--timeout', '30'])
    for (const id of ['task-1', 'task-2']) await verb(machine, ['claim', id, '--run-id', 'r1'])
    await verb(machine, ['complete', 'task-1', '--run-id', 'r1', '--result', '{"n":1}'])
    await verb(machine, ['fail-task', 'task-2', '--run-id', 'r1', '--error', 'broken'])
    const { exitCode, json } = await waiting
    expect(exitCode).toBe(0)
    expect(json.ended).toEqual([
      { id: 'task-1', kind: 'task', status: 'completed', run_id: 'r1', result: { n: 1 }, error: null },
      { id: 'task-2', kind: 'task', status: 'failed', run_id: 'r1', result: null, error: 'broken' },
    ])
  })

  it('ends when a reservation is released, and when one lapses', async () => {
    withoutLooksByItself()
    const machine = await createMachine()
    const held = await verb(machine, ['reserve', 'src/a.ts', '--run-id', 'r1'])
    const brief = await verb(machine, ['reserve', 'src/b.ts', '--run-id', 'r1', '--ttl', '1'])
    const both = [held.json.reservation_id, brief.json.reservation_id]
    const waiting = verb(machine, ['wait', ...both, '--timeout', '30'])
    await verb(machine, ['release', held.json.reservation_id, '--run-id', 'r1'])
    const { json } = await waiting
    expect(json.ended.map(({ status }: { status: string }) => status)).toEqual(['released', 'lapsed'])
  })

  it('says at once what has ended already, also with no time to wait', async () => {
    const machine = await createMachine()
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    expect(await verb(machine, ['wait', 'task-1', '--timeout', '0'])).toMatchObject({
      exitCode: 8,
      json: { status: 'timed_out' },
    })
    await verb(machine, ['claim', '--run-id', 'r1'])
    await verb(machine, ['complete', 'task-1', '--run-id', 'r1'])
    expect((await verb(machine, ['wait', 'task-1', '--timeout', '0'])).exitCode).toBe(0)
  })

  it('gives up after its time, says 8 for what is not there in time and 4 for what is not there at all', async () => {
    const machine = await createMachine()
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    const started = performance.now()
    const late = await verb(machine, ['wait', 'task-1', '--timeout', '0.3'])
    expect(performance.now() - started).toBeGreaterThanOrEqual(300)
    expect(late).toMatchObject({ exitCode: 8, json: { error: expect.stringContaining('0.3 s') } })
    expect(await verb(machine, ['wait', 'task-2'])).toMatchObject({
      exitCode: 4,
      json: { error: expect.stringContaining('task-1') },
    })
  })

  it('hears what another machine pushes', async () => {
    withoutLooksByItself()
    const swarm = await createSwarm()
    const [a, b] = [await swarm.machine(), await swarm.machine()]
    await verb(a, ['enqueue', 't', '--id', 'task-1'])
    await a.push()
    const waiting = verb(a, ['wait', 'task-1', '--timeout', '30'])
    await verb(b, ['claim', '--run-id', 'r2'])
    await verb(b, ['complete', 'task-1', '--run-id', 'r2'])
    const { json } = await waiting
    expect(json.ended).toMatchObject([{ id: 'task-1', status: 'completed', run_id: 'r2' }])
  })

  it('hears of it also from a hub that has no stream and is away for a while', async () => {
    const swarm = await createSwarm()
    const [a, b] = [await swarm.machine(), await swarm.machine()]
    await verb(a, ['enqueue', 't', '--id', 'task-1'])
    await a.push()
    const pass = passOnTo(swarm.hub.url)
    const noStream = answer(404, { detail: 'There is no such address.', status: 'not_found' })
    swarm.proxy.behave((request, response) => (request.target.includes('/watch') ? noStream : pass)(request, response))
    const waiting = verb(a, ['wait', 'task-1', '--timeout', '30'])
    await verb(b, ['claim', '--run-id', 'r2'])
    await verb(b, ['complete', 'task-1', '--run-id', 'r2'])
    expect((await waiting).json.ended).toMatchObject([{ status: 'completed' }])
  }, 90_000)

  it('ends cleanly when it is interrupted, and leaves no watch behind', async () => {
    const machine = await createMachine()
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    const interruption = new AbortController()
    const waiting = verb(machine, ['wait', 'task-1'], { signal: interruption.signal })
    await sleep(100)
    interruption.abort()
    expect(await waiting).toMatchObject({ exitCode: 130, json: { status: 'interrupted' } })
  })
})

describe('claim --wait', () => {
  it('claims at once what is enqueued meanwhile, in a workspace that had no task ever', async () => {
    withoutLooksByItself()
    const machine = await createMachine()
    const waiting = verb(machine, ['claim', '--wait', '--timeout', '30', '--run-id', 'r1', '--queue', 'q'])
    await sleep(50)
    await verb(machine, ['enqueue', 'elsewhere', '--queue', 'other'])
    await verb(machine, ['enqueue', 't', '--id', 'task-1', '--queue', 'q'])
    const { json } = await waiting
    expect(json).toMatchObject({ task_id: 'task-1', run_id: 'r1' })
  })

  it('claims what lapses, when it lapses', async () => {
    withoutLooksByItself()
    const machine = await createMachine()
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    await verb(machine, ['claim', '--run-id', 'r1', '--ttl', '1'])
    for (const argv of [['claim'], ['claim', 'task-1']]) {
      const claim = await verb(machine, [
        ...argv,
        '--wait',
        '--timeout',
        '30',
        '--run-id',
        `r-${argv.length}`,
        '--ttl',
        '1',
      ])
      expect(claim.json.task_id).toBe('task-1')
    }
  })

  it('gives a task to exactly one of those that wait', async () => {
    const machine = await createMachine()
    const waiting = ['r1', 'r2', 'r3'].map((run) =>
      verb(machine, ['claim', '--wait', '--timeout', '1.5', '--run-id', run]),
    )
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    const endings = await Promise.all(waiting)
    expect(endings.map(({ exitCode }) => exitCode).sort()).toEqual([0, 8, 8])
  })

  it('does not wait for what can never be', async () => {
    const machine = await createMachine()
    await verb(machine, ['enqueue', 't', '--id', 'task-1'])
    await verb(machine, ['claim', '--run-id', 'r1'])
    await verb(machine, ['complete', 'task-1', '--run-id', 'r1'])
    const ending = await verb(machine, ['claim', 'task-1', '--wait', '--timeout', '30', '--run-id', 'r2'])
    expect(ending).toMatchObject({ exitCode: 4, json: { error: expect.stringContaining('never claimed again') } })
    const files = fs.readdirSync(path.join(machine.coordination, 'claims'))
    expect(files).toEqual(['task-1.json'])
  })
})
