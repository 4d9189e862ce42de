import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { newKey, registerKey } from '../../hub/key-proof.js'
import { git } from '../../support/git.js'
import { giveIdentity } from '../../support/give-identity.js'
import { startPostgres } from '../../support/postgres.js'
import { endProcess } from '../end-process.js'
import { FaultyProxy } from '../faulty-proxy.js'
import { HubProcess } from '../hub-process.js'
import { Random } from '../random.js'
import { Agent, type Told } from './agent.js'

export interface ContestOptions {
  readonly rounds: number
  /** Machines: a home directory and a store each, kept in step by a `sync watch`. */
  readonly stores: number
  /** Working trees of git that share a store, an agent in each. */
  readonly treesAStore: number
  /** The last agent bears the name of the first, where there are several. */
  readonly hasNamesakes?: boolean
  /** What the hub keeps its records in; SQLite when left out. */
  readonly store?: 'sqlite' | 'postgres'
  /** Whether the hub is killed and started again while they ask. */
  readonly killsHubs: boolean
  readonly seed: number
  /** The built program. */
  readonly executable: string
}

export interface ContestResult {
  /** Rounds that somebody won. */
  readonly won: number
  /** Answers that the hub could not be asked. */
  readonly unconfirmed: number
  /** Questions whether it is free that were answered: by `held`, and by that it is not known. */
  readonly checks: { held: number; unknown: number }
  readonly kills: number
  /** What must not happen, a sentence each. */
  readonly violations: readonly string[]
}

const OWNER = 'gabriel'
const CHECKS_A_ROUND = 2
/** How a question ends whose answer nobody knows. */
const UNKNOWN = ['unknown', 'hub_error', 'unavailable']
const WAYS = ['top', 'folder', 'anywhere'] as const
/** All of these meet. */
const SPELLINGS = ['a.ts', 'a.ts::main', '', '**', '*.ts', 'a.{ts,js}']

/**
 * In each round every agent asks for the same addresses at once, differently spelt: one has them, everybody else is told who.
 * Nobody else gets them while it has.
 */
export async function contest(options: ContestOptions): Promise<ContestResult> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'muse-contest-')))
  const random = new Random(`${options.seed}`)
  const postgres = options.store === 'postgres' ? await startPostgres() : null
  const proxy = await FaultyProxy.start(random.for('proxy'))
  proxy.isFaulty = false
  const store = postgres?.url('contest') ?? join(directory, 'hub')
  const hub = new HubProcess({ executable: options.executable, store, publicUrl: proxy.url, directory })
  const library = join(dirname(options.executable), 'index.js')
  const agents: Agent[] = []
  const watches: ChildProcess[] = []
  const violations: string[] = []
  try {
    await serve(hub, proxy)
    const owner = { handle: OWNER, privateKey: newKey() }
    await registerKey(proxy.url, owner.handle, owner.privateKey)
    for (let store = 0; store < options.stores; store++) {
      const env = { HOME: join(directory, `home-${store}`), PATH: process.env.PATH ?? '' }
      mkdirSync(env.HOME)
      giveIdentity(env, proxy.url, owner)
      const trees = workingTrees(join(directory, `machine-${store}`), options.treesAStore, proxy.url)
      for (const [index, tree] of trees.entries()) {
        const isLast = store === options.stores - 1 && index === trees.length - 1
        const name = options.hasNamesakes && isLast ? 'agent-0-0' : `agent-${store}-${index}`
        const from = WAYS[agents.length % WAYS.length] as (typeof WAYS)[number]
        agents.push(new Agent(name, { tree, from, env, library }))
      }
      watches.push(watch(options.executable, trees[0] as string, env, violations))
    }
    return await play(options, { agents, hub, proxy, random, violations })
  } finally {
    await Promise.all(watches.map((child) => endProcess(child)))
    await Promise.all(agents.map((agent) => agent.end()))
    await hub.kill()
    await proxy.close()
    await postgres?.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Stage {
  readonly agents: readonly Agent[]
  readonly hub: HubProcess
  readonly proxy: FaultyProxy
  readonly random: Random
  readonly violations: string[]
}

async function play({ rounds, killsHubs }: ContestOptions, stage: Stage): Promise<ContestResult> {
  const { agents, hub, proxy, random, violations } = stage
  let [won, unconfirmed, kills] = [0, 0, 0]
  const checks = { held: 0, unknown: 0 }
  for (let round = 0; round < rounds; round++) {
    const ask = (agent: Agent) => agent.reserve(`r${round}/${SPELLINGS[random.between(0, SPELLINGS.length - 1)]}`)
    const isKilled = killsHubs && random.between(0, 2) === 0
    const answers = Promise.all(agents.map(ask))
    if (isKilled) {
      await sleep(random.between(0, 60))
      await hub.kill()
      await serve(hub, proxy)
      kills++
    }
    const winners = judge(round, agents, await answers, killsHubs, violations)
    unconfirmed += agents.length - winners.told
    // Who could not be told asks again; who was refused is refused again.
    const again = judge(round, agents, await Promise.all(agents.map(ask)), killsHubs, violations)
    const all = new Set([...winners.runs, ...again.runs])
    if (all.size > 1) violations.push(`round ${round}: ${[...all].join(' and ')} have it`)
    const [winner] = all
    if (winner !== undefined) {
      for (const { status, name } of await checkAll(somebody(agents, random), `r${round}/a.ts`)) {
        if (status === 'held') checks.held++
        else if (UNKNOWN.includes(status)) checks.unknown++
        else if (status !== 'free' || name !== winner)
          violations.push(`round ${round}: ${name} was told ${status}, and ${winner} has it`)
      }
    }
    if (all.size === 1) won++
    else if (!killsHubs) violations.push(`round ${round}: nobody has it`)
  }
  return { won, unconfirmed, checks, kills, violations }
}

/** The runs that were told that they have it, and how many were told anything. */
function judge(
  round: number,
  agents: readonly Agent[],
  answers: readonly Told[],
  mayFail: boolean,
  violations: string[],
): { readonly runs: readonly string[]; readonly told: number } {
  const runs: string[] = []
  let told = 0
  for (const [index, answer] of answers.entries()) {
    const { name } = agents[index] as Agent
    if (answer.status === 'ok') runs.push(name)
    const isNamed = answer.status === 'namesake' || (answer.status === 'held' && answer.holders.length > 0)
    if (answer.status === 'ok' || isNamed) told++
    else if (!mayFail || answer.status !== 'hub_error')
      violations.push(`round ${round}: ${name} was told ${JSON.stringify(answer)}`)
  }
  return { runs, told }
}

/** Not all of them: each pulls before it looks, which costs more than the round. */
function somebody(agents: readonly Agent[], random: Random): readonly Agent[] {
  return random.shuffled(agents).slice(0, CHECKS_A_ROUND)
}

async function checkAll(agents: readonly Agent[], address: string) {
  return Promise.all(agents.map(async (agent) => ({ name: agent.name, ...(await agent.check(address)) })))
}

async function serve(hub: HubProcess, proxy: FaultyProxy): Promise<void> {
  await hub.start()
  proxy.hubs = hub.url === null ? [] : [hub.url]
}

function workingTrees(directory: string, count: number, hub: string): string[] {
  const main = join(directory, 'main')
  mkdirSync(join(main, '.muse', 'coordination'), { recursive: true })
  git(main, 'init', '--quiet')
  git(main, 'commit', '--quiet', '--allow-empty', '--message', 'First')
  const settings = `[hub]\nurl = "${hub}"\n[coord]\nowner = "${OWNER}"\nslug = "contest"\n`
  writeFileSync(join(main, '.muse', 'config.toml'), settings)
  const linked = Array.from({ length: count - 1 }, (_, index) => join(directory, `tree-${index + 1}`))
  for (const tree of linked) git(main, 'worktree', 'add', '--quiet', '--detach', tree)
  return [main, ...linked]
}

/** Nobody here holds anything provisionally, so that a watch has no loss to tell. */
function watch(executable: string, cwd: string, env: Record<string, string>, violations: string[]): ChildProcess {
  const child = spawn(process.execPath, [executable, 'sync', 'watch', '--json'], { cwd, env })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as { event?: string }
    if (event.event === 'lost') violations.push(`a watch told of a loss: ${line}`)
  })
  child.stderr.resume()
  return child
}
