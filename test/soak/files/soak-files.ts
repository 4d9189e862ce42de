import { Random } from '../random.js'
import { FAULTS, type Fault } from './fault.js'
import { type Choice, type MadeStore, type Plan, planVerb, type Round, roundsOf, storesFor } from './plan.js'
import { playRound } from './play-round.js'
import { SmallDisk } from './small-disk.js'
import { Stage } from './stage.js'
import { VERBS } from './verbs.js'

export interface FileSoakOptions extends Choice {
  /** The built program. */
  readonly executable: string
  /** Names of verbs, or the part before their colon; none: all of them. */
  readonly verbs?: readonly string[]
  /** Plays as many rounds as begin within so long, in an order that the seed says; left out: all, verb by verb. */
  readonly seconds?: number | undefined
  /** Rounds at once. */
  readonly jobs: number
  /** Called with each verb when it has been played; with `seconds`, at the end. */
  readonly onVerb?: (result: VerbResult) => void
}

export interface FileSoakResult {
  readonly verbs: readonly VerbResult[]
  /** Kinds of fault that cannot be had here, a sentence each. */
  readonly skipped: readonly string[]
}

export interface VerbResult {
  readonly name: string
  /** File calls of the verb without a fault. */
  readonly calls: number
  readonly rounds: number
  /** Rounds that there are, played or not. */
  readonly possible: number
  readonly violations: readonly Violation[]
}

export interface Violation {
  readonly verb: string
  readonly fault: Fault
  /** See {@link Round}. */
  readonly call: number
  /** `open .muse/coordination/tasks/t1.json` */
  readonly what: string
  readonly sentence: string
}

/** The names in the table that a name on the command line means. */
export function verbsNamed(names: readonly string[]): string[] {
  return Object.keys(VERBS).filter(
    (name) => names.length === 0 || names.some((one) => one === name || name.startsWith(`${one}:`)),
  )
}

/**
 * Runs verbs again and again, each time with another file call that is killed, stopped or failed, or a disk that is full, and
 * looks at what they say and leave behind: nothing is called free that could not be looked at, nothing is lost, and whoever
 * comes next can go on.
 */
export async function soakFiles(options: FileSoakOptions): Promise<FileSoakResult> {
  const stage = await Stage.open()
  try {
    const { reasons, faults, disks } = disksFor(stage, options)
    const run = { ...options, faults }
    const names = verbsNamed(options.verbs ?? [])
    const verbs =
      options.seconds === undefined
        ? await soakAll(stage, names, run, disks)
        : await soakSome(stage, names, { ...run, seconds: options.seconds }, disks)
    return { verbs, skipped: reasons }
  } finally {
    await stage.close()
  }
}

/** A small disk for each job, if one is asked for and can be had. */
function disksFor(stage: Stage, { faults, jobs }: FileSoakOptions) {
  const made = faults.some((fault) => FAULTS[fault].calls === null)
    ? Array.from({ length: jobs }, () => stage.makeDisk())
    : []
  const reasons = made.flatMap((one) => (one instanceof SmallDisk ? [] : `full: ${one.reason}`)).slice(0, 1)
  return {
    reasons,
    faults: faults.filter((fault) => reasons.length === 0 || FAULTS[fault].calls !== null),
    disks: made.filter((one) => one instanceof SmallDisk),
  }
}

async function soakAll(stage: Stage, names: readonly string[], options: FileSoakOptions, disks: readonly SmallDisk[]) {
  const results: VerbResult[] = []
  for (const name of names) {
    const plan = await planVerb(stage, name, options.executable, disks[0])
    const rounds = roundsOf(plan, options)
    const result = resultOf(plan, rounds, await playRounds(stage, rounds, options, disks))
    results.push(result)
    options.onVerb?.(result)
  }
  return results
}

async function soakSome(
  stage: Stage,
  names: readonly string[],
  options: FileSoakOptions & { readonly seconds: number },
  disks: readonly SmallDisk[],
) {
  const end = performance.now() + options.seconds * 1000
  const plans: Plan[] = []
  for (const name of names) plans.push(await planVerb(stage, name, options.executable, disks[0]))
  const rounds = plans.flatMap((plan) => roundsOf(plan, options))
  const order = new Random(`${options.seed}`).for('order').shuffled(rounds)
  const played = await playRounds(stage, order, options, disks, end)
  const results = plans.map((plan) =>
    resultOf(
      plan,
      rounds.filter((round) => round.plan === plan),
      played.filter(({ round }) => round.plan === plan),
    ),
  )
  for (const result of results) options.onVerb?.(result)
  return results
}

interface Played {
  readonly round: Round
  readonly what: string
  readonly sentences: readonly string[]
}

/** @param end after which no round begins, by `performance.now()` */
async function playRounds(
  stage: Stage,
  rounds: readonly Round[],
  { executable, jobs }: FileSoakOptions,
  disks: readonly SmallDisk[],
  end = Number.POSITIVE_INFINITY,
): Promise<Played[]> {
  const played: Played[] = []
  let next = 0
  const work = async (_: unknown, job: number) => {
    const stores = new Map<string, () => Promise<MadeStore>>()
    for (let round = rounds[next++]; round !== undefined && performance.now() < end; round = rounds[next++]) {
      const { plan, fault } = round
      const disk = FAULTS[fault].calls === null ? disks[job] : undefined
      const place = `${plan.name} ${disk === undefined}`
      const makeNext = stores.get(place) ?? (await storesFor(stage, plan.verb, disk))
      stores.set(place, makeNext)
      played.push({ round, ...(await playRound(round, { ...(await makeNext()), executable, disk })) })
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return played
}

function resultOf({ name, plain }: Plan, rounds: readonly Round[], played: readonly Played[]): VerbResult {
  const violations = played.flatMap(({ round: { fault, call }, what, sentences }) =>
    sentences.map((sentence) => ({ verb: name, fault, call, what, sentence })),
  )
  return { name, calls: plain.calls.length, rounds: played.length, possible: rounds.length, violations }
}
