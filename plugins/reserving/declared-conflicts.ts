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
  const conflicts = encounters(workspace, [...reservations, ...intents])
    .filter(({ plans }) => runId === null || plans.some((plan) => plan.runId === runId))
    .flatMap(conflictsOf)
    .sort((one, other) => other.confidence - one.confidence)
  return { activeReservations: reservations.length, intents: intents.length, conflicts }
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

/**
 * Each two plans of different runs that overlap, once. One with so many patterns that comparing them takes too long counts as
 * overlapping with all, by its first address.
 */
function encounters(where: Meeting, plans: readonly Plan[]): readonly Encounter[] {
  const index = new AddressIndex<Plan>(where)
  const comparisons = new Comparisons()
  const found: Encounter[] = []
  for (const [count, plan] of plans.entries()) {
    const met = new Map<Plan, Set<string>>()
    for (const text of plan.addresses) {
      if (comparisons.isUsedUp(plan)) {
        for (const other of plans.slice(0, count)) {
          if (other.runId !== plan.runId && !met.has(other)) met.set(other, new Set([text]))
        }
        break
      }
      const wanted = parseAddress(text, where)
      for (const { address, value } of index.near(wanted)) {
        if (value.runId === plan.runId) continue
        const doMeet = comparisons.overlapOf([plan, value], wanted, address) ?? !met.has(value)
        if (doMeet) met.set(value, (met.get(value) ?? new Set()).add(address.text).add(text))
      }
    }
    for (const [other, addresses] of met) found.push({ plans: [other, plan], addresses: [...addresses] })
    for (const address of plan.addresses) index.add(address, plan)
  }
  return found
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
