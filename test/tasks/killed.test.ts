import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildModule, childModule } from '../support/child-module.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine, type Machine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'
import { runExecutable } from '../support/run-executable.js'
import { startHub } from '../support/start-hub.js'

const TASKS = 10
const WORKERS = 3
const KILLS = 4
const TTL_SECONDS = 1

/** Claims and completes until nothing comes for a while; says each claim and each end as it has it. */
const WORKER = `
import { writeSync } from 'node:fs'
import { runCommandLine } from 'src/run-command-line.js'

const [directory, env, runId] = process.argv.slice(2)

async function call(...argv) {
  let out = ''
  const streams = { stdout: (text) => { out += text }, stderr: () => {}, interactive: false, columns: 0 }
  const { signal } = new AbortController()
  const code = await runCommandLine([...argv, '--run-id', runId, '--json'], { streams, env: JSON.parse(env), directory, signal })
  return { code, ...JSON.parse(out) }
}
const say = (what) => writeSync(1, JSON.stringify(what) + '\\n')

for (;;) {
  const claim = await call('claim', '--wait', '--timeout', '2.5', '--ttl', '${TTL_SECONDS}')
  if (claim.code === 8) break
  say({ ...claim, said: 'claimed' })
  if (claim.code !== 0) break
  await new Promise((resolve) => setTimeout(resolve, 20))
  say({ ...await call('complete', claim.task_id), said: 'completed', task_id: claim.task_id })
}
`

/** A line that a worker said. */
interface Said {
  readonly said: 'claimed' | 'completed'
  readonly code: number
  readonly task_id: string
  readonly run_id: string
  readonly claimed_at: string
  readonly expires_at: string
  readonly token: number | null
}

let worker: ChildModule

beforeAll(async () => {
  worker = await childModule(WORKER)
}, 60_000)
afterAll(() => worker.remove())

/** Runs workers and kills one of them again and again, at any point; each that is killed is replaced by another run. */
async function workAndKill(machines: readonly Machine[]): Promise<Said[]> {
  const said: Said[] = []
  let runs = 0
  const start = () => {
    const { root, env } = machines[runs % machines.length] as Machine
    const child = worker.start({ args: [root, JSON.stringify(env), `run-${++runs}`] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    const ended = new Promise<void>((resolve) => {
      child.on('close', () => {
        // The last line of one that was killed may be cut off.
        for (const line of out.split('\n').slice(0, -1)) said.push(JSON.parse(line))
        resolve()
      })
    })
    return { child, ended }
  }
  const running = Array.from({ length: WORKERS }, start)
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(250 + Math.random() * 400)
    const index = kill % WORKERS
    running[index]?.child.kill('SIGKILL')
    await running[index]?.ended
    running[index] = start()
  }
  await Promise.all(running.map(({ ended }) => ended))
  return said
}

async function expectAllIsWell(machine: Machine, said: readonly Said[]): Promise<void> {
  const listed = JSON.parse((await runCli(machine, ['tasks', '--json'])).stdout)
  expect(listed.tasks.map(({ status }: { status: string }) => status)).toEqual(Array(TASKS).fill('completed'))
  const bad = said.filter(({ code }) => code !== 0 && code !== 7)
  expect(bad).toEqual([])
  const claims = said
    .filter((one) => one.said === 'claimed')
    .sort((one, other) => (one.claimed_at < other.claimed_at ? -1 : 1))
  const last = new Map<string, Said>()
  for (const claim of claims) {
    const before = last.get(claim.task_id)
    last.set(claim.task_id, claim)
    if (before === undefined) continue
    // Nothing but the end of the lease before has freed it, and its token is higher.
    expect(Date.parse(claim.claimed_at)).toBeGreaterThanOrEqual(Date.parse(before.expires_at))
    if (claim.token !== null) expect(claim.token).toBeGreaterThan(before.token as number)
  }
  const done = said.filter((one) => one.said === 'completed' && one.code === 0).map(({ task_id }) => task_id)
  expect(new Set(done).size).toBe(done.length)
}

function taskFiles(): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: TASKS }, (_, n) => [`tasks/task-${n}.json`, { task_id: `task-${n}` }]))
}

describe('processes that are killed in the middle of claiming and completing', () => {
  it('leave every task to exactly one run at a time, and every file readable', async () => {
    const machine = await createMachine()
    machine.write(taskFiles())
    await expectAllIsWell(machine, await workAndKill([machine]))
    const names = fs.readdirSync(path.join(machine.coordination, 'claims')).filter((name) => name.endsWith('.json'))
    expect(names).toHaveLength(TASKS)
    for (const name of names) {
      JSON.parse(fs.readFileSync(path.join(machine.coordination, 'claims', name), 'utf8'))
    }
  }, 60_000)

  it('do so in two workspaces on one hub', async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const signer = await hub.register('gabriel')
    const machines = [await createMachine({ hub: hub.url, signer }), await createMachine({ hub: hub.url, signer })]
    const [first] = machines as [Machine]
    first.write(taskFiles())
    await first.push()
    const said = await workAndKill(machines)
    for (const machine of machines) {
      await machine.pull({ all: true })
      await expectAllIsWell(machine, said)
    }
  }, 60_000)
})

describe('a disk that is full', () => {
  const full = { shell: 'ulimit -f 0; exec' }

  it('fails the verb, claims nothing, leaves nothing half-written, and all is well when there is room', async () => {
    const machine = await createMachine()
    machine.write({ 'tasks/task-1.json': { task_id: 'task-1' } })
    const claim = ['claim', '--run-id', 'r1', '--json']
    const failed = await runExecutable(machine, claim, full)
    expect(failed.exitCode).toBe(1)
    expect(JSON.parse(failed.stdout)).toMatchObject({ status: 'local_files' })
    expect(machine.everything().filter((name) => /claims\/|tmp/.test(name))).toEqual([])
    expect((await runCli(machine, claim)).exitCode).toBe(0)
    const before = fs.readFileSync(path.join(machine.coordination, 'claims/task-1.json'), 'utf8')
    for (const verb of ['complete', 'fail-task']) {
      expect((await runExecutable(machine, [verb, 'task-1', '--run-id', 'r1', '--json'], full)).exitCode).toBe(1)
    }
    expect(fs.readFileSync(path.join(machine.coordination, 'claims/task-1.json'), 'utf8')).toBe(before)
    expect((await runCli(machine, ['complete', 'task-1', '--run-id', 'r1'])).exitCode).toBe(0)
  })
})
