import type { Meeting, RecordSource, Session } from '../../src/plugin.js'
import { parseAddress } from '../addresses/address.js'
import { AddressIndex } from '../addresses/address-index.js'
import { Comparisons } from '../addresses/comparisons.js'
import { readIntent, readIntentEnds } from './intents.js'
import { readReservations } from './reservations.js'

/** What runs have declared that counts now, and where it meets. */
export interface DeclaredConflicts {
  readonly activeReservations: number
  readonly intents: number
  readonly conflicts: readonly ForecastConflict[]
  /** Whether there are more than are told. */
  readonly moreConflicts: boolean
}

/** Two runs that are about to meet. */
export interface ForecastConflict {
  /**
   * `address_overlap`: both have reserved it. `operation_conflict`: one deletes what the other changes. `merge_conflict`: what
   * both have committed cannot be merged.
   */
  readonly conflictType: 'address_overlap' | 'operation_conflict' | 'merge_conflict'
  readonly addresses: readonly string[]
  /** `run@branch`, or the run alone where it names no branch. */
  readonly agents: readonly [string, string]
  /** Which of the agents came first, so that the other one yields; `null`: nothing tells. */
  readonly first: string | null
  /** 0–1 */
  readonly confidence: number
  readonly description: string
}

const CONFIDENCE = { address_overlap: 1, operation_conflict: 0.9 } as const
/** What a delete takes the ground from. */
const CHANGES: ReadonlySet<string> = new Set(['modify', 'rename', 'extract'])

/** A reservation or an intent that counts now. */
interface Plan {
  readonly kind: 'reservation' | 'intent'
  readonly runId: string
  readonly agent: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  /** When it was declared: milliseconds since 1970; `null`: it does not tell. */
  readonly since: number | null
}

/**
 * Tells which runs are about to meet, from the reservations and intents that count now.
 *
 * @param runId only conflicts that this run has a part in; `null`: all
 */
export function declaredConflicts({ workspace }: Session, runId: string | null = null): DeclaredConflicts {
  const records = workspace.view.alive()
  const reservations = activeReservations(records)
  const intents = activeIntents(records)
  const { found, areMore } = encounters(workspace, [...reservations, ...intents], runId)
  const conflicts = found.flatMap(conflictsOf).sort((one, other) => other.confidence - one.confidence)
  return { activeReservations: reservations.length, intents: intents.length, conflicts, moreConflicts: areMore }
}

function activeReservations(records: RecordSource): readonly Plan[] {
  return readReservations(records)
    .filter(({ state }) => state === 'active')
    .map(({ runId, branch, addresses, operation, createdAt: since }) => {
      return { kind: 'reservation', runId, agent: agentOf(runId, branch), addresses, operation, since }
    })
}

function activeIntents(records: RecordSource): readonly Plan[] {
  const endOf = readIntentEnds(records)
  return records
    .entries('intent')
    .filter((entry) => (endOf(entry) ?? Number.POSITIVE_INFINITY) > records.now)
    .map(({ runId, payload }) => {
      const { branch, addresses, operation, createdAt: since } = readIntent(payload)
      return { kind: 'intent', runId, agent: agentOf(runId, branch), addresses, operation, since }
    })
}

interface Encounter {
  readonly plans: readonly [Plan, Plan]
  readonly addresses: readonly string[]
}

interface Encounters {
  readonly found: readonly Encounter[]
  /** Whether there are others, which are not told. */
  readonly areMore: boolean
}

/** What is told of one plan, and of all together: thousands that are at one file meet in millions of pairs, which nobody reads. */
const MOST_OF_A_PLAN = 50
const MOST_ENCOUNTERS = 1_000

/**
 * Each two plans of different runs that overlap, once, and whether there are more than are told. One with so many patterns that
 * comparing them takes too long counts as overlapping with all, by its first address.
 *
 * @param runId only those that a plan of this run has a part in; `null`: all
 */
function encounters(where: Meeting, plans: readonly Plan[], runId: string | null): Encounters {
  const index = new AddressIndex<Plan>(where)
  const comparisons = new Comparisons()
  const found: Encounter[] = []
  let areMore = false
  for (const [count, plan] of plans.entries()) {
    const isMeant = (other: Plan): boolean =>
      other.runId !== plan.runId && (runId === null || plan.runId === runId || other.runId === runId)
    const most = plan.runId === runId ? MOST_ENCOUNTERS : MOST_OF_A_PLAN
    const met = new Map<Plan, Set<string>>()
    const meet = (other: Plan, ...texts: readonly string[]): void => {
      const addresses = met.get(other) ?? new Set()
      for (const text of texts) addresses.add(text)
      met.set(other, addresses)
    }
    for (const { wanted, address, value } of placesNear(plan, index)) {
      if (met.size > most || comparisons.isUsedUp(plan)) break
      comparisons.look(plan)
      if (!isMeant(value)) continue
      const doMeet = comparisons.overlapOf([plan, value], wanted, address) ?? !met.has(value)
      if (doMeet) meet(value, address.text, wanted.text)
    }
    const [first = ''] = plan.addresses
    for (const other of plans.slice(0, comparisons.isUsedUp(plan) ? count : 0)) {
      if (met.size > most) break
      if (isMeant(other) && !met.has(other)) meet(other, first)
    }
    areMore ||= met.size > most
    for (const [other, addresses] of [...met].slice(0, most)) {
      found.push({ plans: [other, plan], addresses: [...addresses] })
    }
    if (found.length > MOST_ENCOUNTERS) return { found: found.slice(0, MOST_ENCOUNTERS), areMore: true }
    for (const address of plan.addresses) index.add(address, plan)
  }
  return { found, areMore }
}

/** Each address of a plan with each that may overlap with it, as they are looked for. */
function* placesNear({ addresses }: Plan, index: AddressIndex<Plan>) {
  for (const text of addresses) {
    const wanted = parseAddress(text, index.where)
    for (const place of index.near(wanted)) yield { wanted, ...place }
  }
}

function conflictsOf({ plans, addresses }: Encounter): readonly ForecastConflict[] {
  const [one, other] = plans
  const agents = [one.agent, other.agent] as const
  const where = addresses.join(', ')
  const first = firstOf(one, other)
  const conflicts: ForecastConflict[] = []
  const tell = (conflictType: keyof typeof CONFIDENCE, description: string) =>
    conflicts.push({ conflictType, addresses, agents, first, confidence: CONFIDENCE[conflictType], description })
  if (one.kind === 'reservation' && other.kind === 'reservation') {
    tell('address_overlap', `${one.agent} and ${other.agent} have both reserved ${where}.`)
  }
  for (const [deleter, changer] of [plans, [other, one]] as const) {
    if (deleter.operation !== 'delete' || !CHANGES.has(changer.operation ?? '')) continue
    tell(
      'operation_conflict',
      `${deleter.agent} is about to delete what ${changer.agent} is about to ${changer.operation}: ${where}.`,
    )
  }
  return conflicts
}

/** Whoever declared it earlier; what holds goes before what is intended. */
function firstOf(one: Plan, other: Plan): string | null {
  if (one.kind !== other.kind) return one.kind === 'reservation' ? one.agent : other.agent
  if (one.since === null || other.since === null || one.since === other.since) return null
  return one.since < other.since ? one.agent : other.agent
}

/** A run as it is named in a conflict. */
export function agentOf(runId: string, branch: string): string {
  return branch === '' ? runId : `${runId}@${branch}`
}
