import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newKey, registerKey } from '../../hub/key-proof.js'
import { git } from '../../support/git.js'
import { startPostgres } from '../../support/postgres.js'
import { FaultyProxy } from '../faulty-proxy.js'
import { HubProcess } from '../hub-process.js'
import { Random } from '../random.js'
import { FieldAgent } from './field-agent.js'
import { type Judged, judgeJournals } from './journal.js'
import { Machine } from './machine.js'

export interface TrialOptions {
  readonly seconds: number
  /** Agents at work at one time, each in a working tree. */
  readonly agents: number
  readonly machines: number
  readonly store: 'sqlite' | 'postgres'
  readonly seed: number
  /** The built program. */
  readonly executable: string
}

export interface TrialResult extends Judged {
  readonly kills: { agents: number; keepers: number; hubs: number }
}

const OWNER = { handle: 'gabriel' }
const SLUG = 'field'
const FILES = 12
const TASKS = 40
/** So long a killed agent keeps the others out. A command takes seconds where twenty share two cores. */
const TTL_SECONDS = 30
/** After so much more all that is over has to be free everywhere. */
const QUIET_SECONDS = 60
const BETWEEN_KILLS_MILLISECONDS = { least: 2000, most: 6000 }

/**
 * Agents work in a clone each for every machine of this very repository by the command line, and are killed at random, with
 * others in their place; in the middle the hub is killed, and keepers are. Looked at from outside: nobody has what another
 * has, nobody is told free what another has, and when all have ended everything is free everywhere.
 */
export async function fieldTrial(options: TrialOptions): Promise<TrialResult> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'muse-field-')))
  const random = new Random(`${options.seed}`)
  const postgres = options.store === 'postgres' ? await startPostgres() : null
  const proxy = await FaultyProxy.start(random.for('proxy'))
  proxy.isFaulty = false
  const store = postgres?.url('field') ?? join(directory, 'hub')
  const hub = new HubProcess({ executable: options.executable, store, publicUrl: proxy.url, directory })
  const scene: Scene = { options, directory, random, proxy, hub, machines: [], agents: [], working: [] }
  try {
    await serve(scene)
    const owner = { ...OWNER, privateKey: newKey() }
    await registerKey(proxy.url, owner.handle, owner.privateKey)
    for (let index = 0; index <= options.machines; index++) {
      const own = join(directory, `machine-${index}`)
      mkdirSync(own)
      // The last one comes when all is over, and knows only what the hub has.
      const trees = index === options.machines ? 1 : Math.ceil(options.agents / options.machines)
      const place = { directory: own, repository: process.cwd(), trees, executable: options.executable }
      scene.machines.push(new Machine({ ...place, hub: proxy.url, owner, slug: SLUG }))
    }
    return await play(scene)
  } finally {
    await Promise.all(scene.agents.map((agent) => agent.kill()))
    await Promise.all(scene.machines.map((machine) => machine.endKeeper()))
    await hub.kill()
    await proxy.close()
    await postgres?.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Scene {
  readonly options: TrialOptions
  readonly directory: string
  readonly random: Random
  readonly proxy: FaultyProxy
  readonly hub: HubProcess
  readonly machines: Machine[]
  /** All that there were. */
  readonly agents: FieldAgent[]
  /** Those that work now, by their place. */
  readonly working: FieldAgent[]
}

async function play(scene: Scene): Promise<TrialResult> {
  const { options, machines, working, random } = scene
  const [first] = machines as [Machine, ...Machine[]]
  const files = git(first.trees[0], 'ls-files', 'src').split('\n').slice(0, FILES)
  for (let task = 0; task < TASKS; task++) await first.ask('enqueue', `Task ${task}`, '--run-id', 'planner')
  await first.ask('sync', 'push')
  const workplaces = machines.slice(0, -1)
  for (const machine of workplaces) machine.keep()
  for (let index = 0; index < options.agents; index++) {
    const machine = workplaces[index % workplaces.length] as Machine
    const tree = machine.trees[Math.floor(index / workplaces.length)] as string
    const { env } = machine
    begin(scene, index, { name: `agent-${index}`, tree, env, files })
  }
  const kills = { agents: 0, keepers: 0, hubs: 0 }
  const { least, most } = BETWEEN_KILLS_MILLISECONDS
  const [middle, end] = [0.5, 1].map((part) => performance.now() + options.seconds * 1000 * part) as [number, number]
  while (performance.now() < end) {
    await sleep(random.between(least, most))
    const index = random.between(0, options.agents - 1)
    const killed = working[index] as FieldAgent
    await killed.kill()
    kills.agents++
    begin(scene, index, { ...killed.place, name: `agent-${index}-${kills.agents}` })
    if (kills.hubs === 0 && performance.now() > middle) {
      await restart(scene, workplaces)
      kills.hubs++
      kills.keepers += workplaces.length
    }
  }
  const unended = await Promise.all(working.map((agent) => agent.end()))
  const judged = judgeJournals(scene.agents.map(({ journal }) => journal))
  const left = [...unended.filter((one) => one !== null), ...(await phantoms(machines, files))]
  return { ...judged, violations: [...judged.violations, ...left], kills }
}

function begin(scene: Scene, index: number, place: Pick<FieldAgent['place'], 'name' | 'tree' | 'env' | 'files'>): void {
  const journal = join(scene.directory, `${place.name}.jsonl`)
  const { executable } = scene.options
  const agent = new FieldAgent({ ...place, journal, executable, ttlSeconds: TTL_SECONDS })
  scene.agents.push(agent)
  scene.working[index] = agent
}

/** Kills the hub and all keepers, and starts them again. */
async function restart(scene: Scene, workplaces: readonly Machine[]): Promise<void> {
  await scene.hub.kill()
  await Promise.all(workplaces.map((machine) => machine.endKeeper()))
  await sleep(scene.random.between(500, 3000))
  await serve(scene)
  for (const machine of workplaces) machine.keep()
}

async function serve({ hub, proxy }: Scene): Promise<void> {
  await hub.start()
  proxy.hubs = hub.url === null ? [] : [hub.url]
}

/** What is held after all have ended, a sentence each: on every machine, and on one that comes now. */
async function phantoms(machines: readonly Machine[], files: readonly string[]): Promise<string[]> {
  const end = performance.now() + (TTL_SECONDS + QUIET_SECONDS) * 1000
  for (;;) {
    const found = (await Promise.all(machines.map((machine, index) => heldAt(machine, index, files)))).flat()
    if (found.length === 0 || performance.now() > end) return found
    await sleep(1000)
  }
}

async function heldAt(machine: Machine, index: number, files: readonly string[]): Promise<string[]> {
  const { document, exitCode } = await machine.ask('status', '--max-age', '0')
  if (document.holds === undefined) return [`machine ${index} ends its status with ${exitCode}: ${document.error}`]
  const holds = document.holds.map(({ what, run_id }) => `machine ${index}: ${run_id} has ${what} after its end`)
  const told = await Promise.all(files.map(async (file) => ({ file, ...(await machine.ask('check', file)) })))
  return [
    ...holds,
    ...told
      .filter((one) => one.document.status !== 'free')
      .map((one) => `machine ${index}: ${one.file} is ${one.document.status} after all have ended`),
  ]
}
