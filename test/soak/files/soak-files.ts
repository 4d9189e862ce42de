import { Random } from '../random.js'
import { judgeNext, judgeOutcome, judgeRecords } from './examine-round.js'
import { canEndIn, FAULTS, type Fault } from './fault.js'
import { NO_CALL, type Outcome, runFaulted } from './faulted-program.js'
import type { SoakStore } from './soak-store.js'
import { Stage } from './stage.js'
import { furnish, type SoakedVerb, VERBS } from './verbs.js'

export interface FileSoakOptions {
  /** The built program. */
  readonly executable: string
  /** Names of verbs, or the part before their colon; none: all of them. */
  readonly verbs?: readonly string[]
  readonly faults?: readonly Fault[]
  /** Of so many file calls one is hit, which one the seed says; 1: each. */
  readonly every: number
  readonly seed: number
  /** This call alone: 1 is the first. */
  readonly call?: number | undefined
  /** Rounds at once. */
  readonly jobs: number
  readonly onVerb?: (result: VerbResult) => void
}

export interface VerbResult {
  readonly name: string
  /** File calls of the verb without a fault. */
  readonly calls: number
  readonly rounds: number
  readonly violations: readonly Violation[]
}

export interface Violation {
  readonly verb: string
  readonly fault: Fault
  /** Which call: 1 is the first. */
  readonly call: number
  /** `open .muse/coordination/tasks/t1.json` */
  readonly what: string
  readonly sentence: string
}

/** How long a verb stays stopped that a rival meets. */
const STOPPED_MILLISECONDS = 400

/** The names in the table that a name on the command line means. */
export function verbsNamed(names: readonly string[]): string[] {
  return Object.keys(VERBS).filter(
    (name) => names.length === 0 || names.some((one) => one === name || name.startsWith(`${one}:`)),
  )
}

/**
 * Runs verbs again and again, each time with another file call that is killed, stopped or failed, and looks at what they say
 * and leave behind: nothing is called free that could not be looked at, nothing is lost, and whoever comes next can go on.
 */
export async function soakFiles(options: FileSoakOptions): Promise<VerbResult[]> {
  const stage = await Stage.open()
  try {
    const results: VerbResult[] = []
    for (const name of verbsNamed(options.verbs ?? [])) {
      const result = await soakVerb(stage, name, VERBS[name] as SoakedVerb, options)
      results.push(result)
      options.onVerb?.(result)
    }
    return results
  } finally {
    await stage.close()
  }
}

async function soakVerb(stage: Stage, name: string, verb: SoakedVerb, options: FileSoakOptions): Promise<VerbResult> {
  const { executable, faults = Object.keys(FAULTS) as Fault[], every, seed, call: only, jobs } = options
  const { store } = await makeStore(stage, verb)
  const plain = await runFaulted({ executable, store, line: verb.line, input: verb.input?.(store) })
  store.remove()
  const { calls, exitCode, stdout, stderr } = plain
  if (exitCode !== (verb.exitCode ?? 0)) throw new Error(`${name} ends with ${exitCode}: ${stdout}${stderr}`)
  const random = new Random(`${seed}`).for(name)
  const rounds = faults.flatMap((fault) => {
    const first = random.between(1, every)
    const possible = calls.flatMap((what, index) => (canEndIn(fault, what) ? [{ fault, call: index + 1 }] : []))
    return possible.filter(({ call }, index) => (only === undefined ? (index + first) % every === 0 : call === only))
  })
  const violations: Violation[] = []
  let next = 0
  const work = async () => {
    const makeNext = await storesFor(stage, verb)
    for (let round = rounds[next++]; round !== undefined; round = rounds[next++]) {
      const { what, sentences } = await playRound(await makeNext(), verb, plain, { executable, ...round })
      for (const sentence of sentences) violations.push({ verb: name, ...round, what, sentence })
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return { name, calls: calls.length, rounds: rounds.length, violations }
}

interface Round {
  readonly executable: string
  readonly fault: Fault
  readonly call: number
}

async function playRound(
  { store, makeOther }: MadeStore,
  verb: SoakedVerb,
  plain: Outcome,
  { executable, fault, call }: Round,
): Promise<{ what: string; sentences: string[] }> {
  const before = store.records()
  const sentences: string[] = []
  let rival: Promise<Outcome> | undefined
  const whileStopped = async () => {
    const line = verb.rival ?? ['status', '--json']
    rival = runFaulted({ executable, store, line, hit: NO_CALL })
    await Promise.race([rival, new Promise((resolve) => setTimeout(resolve, STOPPED_MILLISECONDS))])
  }
  const outcome = await runFaulted({
    ...{ executable, store, line: verb.line, input: verb.input?.(store), hit: { fault, call } },
    ...(fault === 'stop' && { whileStopped }),
  })
  const met = await rival
  const answer = verb.answer?.(plain.stdout)
  const after = store.records()
  const touched = met === undefined || verb.rival === undefined ? verb : { ...verb, touches: /./ }
  sentences.push(...judgeOutcome(verb, fault, outcome, answer, before, after), ...judgeRecords(touched, before, after))
  if (met !== undefined) sentences.push(...judgeRival(verb, outcome, met))
  const hasWon = met === undefined || verb.rival === undefined || outcome.exitCode === 0
  sentences.push(...(await judgeNext(executable, hasWon ? verb : { ...verb, exitCode: 6 }, store, makeOther)))
  store.remove()
  return {
    what: outcome.calls[0] ?? 'no such call',
    sentences: sentences.map((one) => one.replaceAll(store.directory, '')),
  }
}

function judgeRival({ rival }: SoakedVerb, outcome: Outcome, met: Outcome): string[] {
  const said = `${met.stdout}${met.stderr}`
  if (met.isEndless) return ['who comes meanwhile does not end']
  if (rival === undefined) return met.exitCode === 0 ? [] : [`status ends with ${met.exitCode} meanwhile: ${said}`]
  if (outcome.exitCode === 0 && met.exitCode === 0) return [`both have it: ${outcome.stdout}${said}`]
  return outcome.exitCode === 0 || met.exitCode === 0 ? [] : [`nobody has it: ${outcome.stdout}${said}`]
}

interface MadeStore {
  readonly store: SoakStore
  /** Another machine of the same space. */
  readonly makeOther: () => SoakStore
}

/** Makes a store for each round: put back from a copy, ten times as fast, unless each needs a space of its own at the hub. */
async function storesFor(stage: Stage, verb: SoakedVerb): Promise<() => Promise<MadeStore>> {
  if (verb.hasHub) return () => makeStore(stage, verb)
  const made = await makeStore(stage, verb)
  const putBack = made.store.keep()
  return async () => {
    putBack()
    return made
  }
}

async function makeStore(stage: Stage, verb: SoakedVerb): Promise<MadeStore> {
  const store = stage.makeStore(verb.hasHub ?? false)
  await furnish(store)
  const makeOther = () => stage.makeStore(store.hasHub, store.slug)
  if (verb.prepare !== undefined) {
    const other = makeOther()
    await verb.prepare(store, other)
    other.remove()
  }
  return { store, makeOther }
}
