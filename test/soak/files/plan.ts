import { Random } from '../random.js'
import { canEndIn, FAULTS, type Fault } from './fault.js'
import { type Outcome, runFaulted } from './faulted-program.js'
import { furnish } from './furnish.js'
import type { SmallDisk } from './small-disk.js'
import type { SoakStore } from './soak-store.js'
import { lineOf, type SoakedVerb } from './soaked-verb.js'
import type { Stage } from './stage.js'
import { VERBS } from './verbs.js'

/** One fault in one verb. */
export interface Round {
  readonly plan: Plan
  readonly fault: Fault
  /** Which call: 1 is the first. Of a full disk: one more than the pages that it has left. */
  readonly call: number
}

/** A verb, and how it goes without a fault. */
export interface Plan {
  readonly name: string
  readonly verb: SoakedVerb
  readonly plain: Outcome
  /** What stood on the disk then, see {@link SoakedVerb.yields}. */
  readonly yielded: unknown
  /** Pages by which files grew. */
  readonly growth: number
}

export interface MadeStore {
  readonly store: SoakStore
  /** Another machine of the same space. */
  readonly makeOther: () => SoakStore
}

/** What a verb takes for a while, and gives back, is above the growth of its files by no more. */
const SPARE_PAGES = 12

/** Runs a verb without a fault. Rejects when it does not end as it should. */
export async function planVerb(stage: Stage, name: string, executable: string, disk?: SmallDisk): Promise<Plan> {
  const verb = VERBS[name] as SoakedVerb
  const { store } = await makeStore(stage, verb, disk)
  const before = disk?.usedPages() ?? 0
  const { endsAt } = verb
  const plain = await runFaulted({ executable, store, line: lineOf(verb, store), endsAt, input: verb.input?.(store) })
  const growth = (disk?.usedPages() ?? 0) - before
  const { exitCode, stdout, stderr } = plain
  if (exitCode !== (verb.exitCode ?? 0)) throw new Error(`${name} ends with ${exitCode}: ${stdout}${stderr}`)
  const yielded = verb.yields?.(store)
  store.remove()
  return { name, verb, plain, yielded, growth: Math.max(growth, 0) }
}

export interface Choice {
  readonly faults: readonly Fault[]
  /** Of so many rounds one is played, which one the seed says; 1: each. */
  readonly every: number
  readonly seed: number
  /** This call alone. */
  readonly call?: number | undefined
}

export function roundsOf(plan: Plan, { faults, every, seed, call: only }: Choice): Round[] {
  const random = new Random(`${seed}`).for(plan.name)
  return faults.flatMap((fault) => {
    const first = random.between(1, every)
    const possible = callsOf(plan, fault).map((call) => ({ plan, fault, call }))
    return possible.filter(({ call }, index) => (only === undefined ? (index + first) % every === 0 : call === only))
  })
}

function callsOf({ plain, growth }: Plan, fault: Fault): number[] {
  if (FAULTS[fault].calls === null) return Array.from({ length: growth + SPARE_PAGES }, (_, pages) => pages + 1)
  return plain.calls.flatMap((what, index) => (canEndIn(fault, what) ? [index + 1] : []))
}

/** Makes a store for each round: put back from a copy, ten times as fast, unless each needs a space of its own at the hub. */
export async function storesFor(stage: Stage, verb: SoakedVerb, disk?: SmallDisk): Promise<() => Promise<MadeStore>> {
  if (verb.hasHub) return () => makeStore(stage, verb, disk)
  const made = await makeStore(stage, verb, disk)
  const putBack = made.store.keep()
  return async () => {
    putBack()
    return made
  }
}

async function makeStore(stage: Stage, verb: SoakedVerb, disk?: SmallDisk): Promise<MadeStore> {
  const store = await stage.makeStore({ hasHub: verb.hasHub, ownsKey: verb.ownsKey, disk })
  await furnish(store)
  const makeOther = () => stage.makeOther(store)
  if (verb.prepare !== undefined) {
    const other = makeOther()
    await verb.prepare(store, other)
    other.remove()
  }
  return { store, makeOther }
}
