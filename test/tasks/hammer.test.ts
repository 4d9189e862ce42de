import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { startHub } from '../support/start-hub.js'
import { buildClaimWorkers, type ClaimWorkers, type WorkerReport } from './claim-worker.js'

const { MUSE_COORD_HAMMER_TASKS: TASKS_GIVEN, MUSE_COORD_HAMMER_WORKERS: WORKERS_GIVEN } = process.env
/** 2,000 tasks and 16 processes for the figures; fewer in the everyday run. */
const TASKS = Number(TASKS_GIVEN ?? 24)
const WORKERS = Number(WORKERS_GIVEN ?? (TASKS_GIVEN === undefined ? 4 : 16))
const PATIENCE_MS = 60_000 + TASKS * 250

let workers: ClaimWorkers

beforeAll(async () => {
  workers = await buildClaimWorkers()
}, 60_000)
afterAll(() => workers.remove())

describe('processes that claim at once', () => {
  it(
    'share out the tasks of two workspaces on one hub, each exactly once and no token twice',
    async () => {
      const { machines, stored } = await twoMachines()
      const [first] = machines as [Machine, Machine]
      first.write(taskFiles(TASKS))
      await first.push()
      const started = performance.now()
      const reports = await Promise.all(
        Array.from({ length: WORKERS }, (_, index) => {
          const machine = machines[index % 2] as Machine
          return workers.run(machine, `run-${index}`)
        }),
      )
      tellRate(started)
      expectEachOnce(reports)
      const claims = (await stored()).filter(({ kind }) => kind === 'claim')
      expect(claims).toHaveLength(TASKS)
      expect(
        claims.every(({ expiresAt, payloadJson }) => expiresAt === null && payloadJson.includes('completed')),
      ).toBe(true)
      // Nobody else held a task before its one holder: each token is the first of its lease.
      expect(new Set(claims.map(({ token }) => token))).toEqual(new Set([1]))
      expect(reports.flatMap(({ claimed }) => claimed).every(({ token }) => token === 1)).toBe(true)
    },
    PATIENCE_MS,
  )

  it(
    'share out the tasks of one machine without a hub, each exactly once',
    async () => {
      const machine = await createMachine()
      machine.write(taskFiles(TASKS))
      const started = performance.now()
      const reports = await Promise.all(
        Array.from({ length: WORKERS }, (_, index) => workers.run(machine, `run-${index}`)),
      )
      tellRate(started)
      expectEachOnce(reports)
    },
    PATIENCE_MS,
  )
})

async function twoMachines() {
  const hub = await startHub()
  cleanUp(() => hub.close())
  const signer = await hub.register('gabriel')
  const machines = [await createMachine({ hub: hub.url, signer }), await createMachine({ hub: hub.url, signer })]
  const stored = async () => {
    const space = await hub.store.findSpace('gabriel', 'muse')
    if (space === null) throw new Error('the space is missing')
    return (await hub.store.since(space, { sinceId: 0, limit: 100_000, kinds: [] })).records
  }
  return { machines, stored }
}

function taskFiles(count: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const taskId = `t${String(index).padStart(5, '0')}`
      const createdAt = new Date(Date.parse('2026-03-18T12:00:00Z') + index * 1000).toISOString()
      return [`tasks/${taskId}.json`, { task_id: taskId, title: `Task ${index}`, created_at: createdAt }]
    }),
  )
}

function expectEachOnce(reports: readonly WorkerReport[]): void {
  expect(reports.flatMap(({ unexpected }) => unexpected)).toEqual([])
  const ids = reports.flatMap(({ claimed }) => claimed.map(({ taskId }) => taskId))
  expect(ids).toHaveLength(TASKS)
  expect(new Set(ids).size).toBe(TASKS)
}

function tellRate(started: number): void {
  if (TASKS_GIVEN === undefined) return
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(
    `${TASKS} tasks by ${WORKERS} processes in ${seconds.toFixed(1)} s: ${(TASKS / seconds).toFixed(0)}/s\n`,
  )
}
