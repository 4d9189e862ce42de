import { describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { documentOf, runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { startHub } from '../support/start-hub.js'

type Muse = (machine: Machine, ...argv: string[]) => Promise<{ exitCode: number; json: Record<string, unknown> }>

/** One process of the program, as an agent starts it. */
const museAlone: Muse = async (machine, ...argv) => {
  const ended = await runExecutable(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, json: documentOf(ended) }
}

/** The same in this process, for what does not have to meet others in theirs. */
const muse: Muse = async (machine, ...argv) => {
  const ended = await runCli(machine, [...argv, '--json'])
  return { exitCode: ended.exitCode, json: documentOf(ended) }
}

/** What an agent does with a task: claim, reserve, look ahead, beat, release, complete. Answers what it had, or `null`. */
async function work(machine: Machine, runId: string, muse: Muse = museAlone) {
  const claim = await muse(machine, 'claim', '--run-id', runId, '--ttl', '60')
  if (claim.exitCode === 4) return null
  const {
    task_id: taskId,
    token,
    payload,
  } = claim.json as { task_id: string; token: number; payload: { file: string } }
  const reserve = await muse(machine, 'reserve', payload.file, '--run-id', runId, '--op', 'modify')
  const reservationId = String(reserve.json.reservation_id)
  await muse(machine, 'sync', 'push')
  await muse(machine, 'sync', 'pull')
  const forecast = await muse(machine, 'forecast')
  const beat = await muse(machine, 'heartbeat', reservationId, '--run-id', runId)
  const release = await muse(machine, 'release', reservationId, '--run-id', runId)
  const complete = await muse(machine, 'complete', taskId, '--run-id', runId, '--result', JSON.stringify({ by: runId }))
  const codes = [reserve, forecast, beat, release, complete].map(({ exitCode }) => exitCode)
  return { taskId, token, codes, forecast: forecast.json }
}

describe('the pipeline, with processes of two workspaces on one hub', () => {
  it('goes from enqueue to complete: each task once, conflicts seen across machines, dependants last', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    const [one, two] = [await createMachine({ hub: hub.url, signer }), await createMachine({ hub: hub.url, signer })]
    // The orchestrator, on the first machine: two workers will meet in one file, and the last task waits for the rest.
    const enqueue = (id: string, file: string, ...more: string[]) =>
      muse(one, 'enqueue', id, '--id', id, '--payload', JSON.stringify({ file }), ...more)
    await Promise.all([
      enqueue('task-a', 'src/shared.ts'),
      enqueue('task-b', 'src/shared.ts::parse'),
      enqueue('task-c', 'src/c.ts'),
    ])
    expect((await enqueue('task-d', 'src/d.ts', '--after', 'task-a', 'task-b', 'task-c')).json.status).toBe('waiting')
    expect((await muse(one, 'sync', 'push')).json).toMatchObject({ inserted: 4 })

    const first = await Promise.all([
      work(one, 'run-1'),
      work(two, 'run-2'),
      work(one, 'run-3', muse),
      work(two, 'run-4', muse),
    ])
    const done = first.filter((result) => result !== null)
    expect(done.map(({ taskId }) => taskId).sort()).toEqual(['task-a', 'task-b', 'task-c'])
    for (const { codes, token } of done) expect([codes, token]).toEqual([[0, 0, 0, 0, 0], 1])

    const last = await work(two, 'run-5', muse)
    expect(last).toMatchObject({ taskId: 'task-d', token: 1, codes: [0, 0, 0, 0, 0] })
    expect((await muse(one, 'claim', '--run-id', 'run-6')).exitCode).toBe(4)

    for (const machine of [one, two]) {
      await muse(machine, 'sync', 'push')
      await muse(machine, 'sync', 'pull')
    }
    for (const machine of [one, two]) {
      await muse(machine, 'sync', 'pull')
      const { tasks } = (await muse(machine, 'tasks')).json as {
        tasks: { status: string; claim: { result: unknown } }[]
      }
      expect(tasks.map(({ status }) => status)).toEqual(Array(4).fill('completed'))
      expect(tasks.every(({ claim }) => /run-\d/.test(JSON.stringify(claim.result)))).toBe(true)
      expect((await muse(machine, 'check', 'src/')).exitCode).toBe(0)
    }
  }, 60_000)

  it('warns two machines that are about to touch the same, before either has changed it', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    const [one, two] = [await createMachine({ hub: hub.url, signer }), await createMachine({ hub: hub.url, signer })]
    await muse(one, 'reserve', 'src/shared.ts', '--run-id', 'run-1', '--op', 'delete')
    await muse(one, 'sync', 'push')
    await muse(two, 'sync', 'pull')
    expect((await muse(two, 'check', 'src/shared.ts::parse', '--run-id', 'run-2')).exitCode).toBe(6)
    const { json } = await muse(two, 'reserve', 'src/shared.ts::parse', '--run-id', 'run-2', '--op', 'modify')
    expect(json).toMatchObject({ advisory: true, conflicts: [{ run_id: 'run-1' }] })
    expect((await muse(two, 'forecast')).json).toMatchObject({ active_reservations: 2, high_risk: expect.any(Number) })
  }, 90_000)
})
