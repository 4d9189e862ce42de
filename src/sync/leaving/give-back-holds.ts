import { CoordError, isOfPlugin } from '../../base/errors.js'
import type { GivingBack, Hold, Kind, SeenRecord } from '../../kinds/kind.js'
import { byRecord } from '../../workspace/by-record.js'
import type { Entry } from '../../workspace/entry.js'
import type { LeaseEnd } from '../../workspace/leases/lease-answer.js'
import { type Leases, openLeases } from '../../workspace/leases/leases.js'
import type { Session } from '../../workspace/session.js'
import type { SealedRecord } from '../../workspace/workspace.js'
import { type Decider, openDecider } from '../holding/decider.js'
import { type HoldRecords, tellHub, writeGiveBack } from '../holding/give-back.js'

/** Something that was given back. */
export interface GivenBack {
  readonly kind: string
  readonly recordId: string
  /** In the words of {@link Hold.what}. */
  readonly what: readonly string[]
  readonly runId: string
  /** `lost`: another run had it by then. `finished`: its run had ended it for good. `kept`: its kind knows no way, so only time ends it. */
  readonly status: 'given_back' | 'lost' | 'finished' | 'kept'
}

export interface GiveBackOptions {
  /** Why, for people. */
  readonly reason: string | null
  /** Does not ask the hub. */
  readonly isOffline?: boolean
}

/**
 * Gives back what runs of this store hold, by records of whatever kind. The hub is told where it can be reached, else the next
 * push tells it.
 */
export async function giveBackHolds(
  session: Session,
  holds: readonly Hold[],
  { reason, isOffline = false }: GiveBackOptions,
): Promise<readonly GivenBack[]> {
  const { registry } = session
  const decider = await deciderOf(session, isOffline)
  const given: GivenBack[] = []
  const written: SealedRecord[] = []
  // One look for them all: a hundred holds would be a hundred looks at a hundred records.
  const records = session.workspace.view.alive()
  const all = byRecord(holds).map(([hold, ...others]) => {
    const [kind] = registry.select([hold.kind]) as [Kind]
    return { kind, hold, what: [hold, ...others].map(({ what }) => what) }
  })
  const ofLeases = all.filter(({ kind }) => kind.merge === 'lease')
  const released = await releaseLeases(session, decider, ofLeases, { records, reason })
  for (const { kind, hold, what } of all) {
    const { recordId, runId } = hold
    const status = released.get(hold) ?? (kind.giveBack === undefined ? 'kept' : 'given_back')
    if (kind.merge !== 'lease' && status !== 'kept') {
      const one = await writeGiveBack(session, hold, reason ?? '', records)
      if (one !== null) written.push(one)
    }
    given.push({ kind: kind.name, recordId, runId, what, status })
  }
  await tellHub(decider, written)
  return given
}

/** Whoever cannot sign gives back here all the same. */
async function deciderOf(session: Session, isOffline: boolean): Promise<Decider> {
  try {
    return await openDecider(session, isOffline)
  } catch (error) {
    if (!(error instanceof CoordError) || error.status === 'internal') throw error
    session.note(`⚠️  the hub is not told: ${error.message}`)
    return { by: 'later', localAuthor: null }
  }
}

interface LeaseHold {
  readonly kind: Kind
  readonly hold: Hold
}

/** Leases in one request; those that this does not give back one by one, each with its own answer. */
async function releaseLeases(
  session: Session,
  decider: Decider,
  holds: readonly LeaseHold[],
  { records, reason }: { readonly records: HoldRecords; readonly reason: string | null },
): Promise<ReadonlyMap<Hold, GivenBack['status']>> {
  const { workspace } = session
  const leases = await openLeases(session, { isOffline: decider.by === 'later' })
  const ends = holds.map(({ kind, hold }) => {
    const { recordId, runId } = hold
    const seen = records.named(kind.name, recordId)
    const how = { id: workspace.newId(), at: workspace.timestamp(), reason }
    const fields = seen === undefined ? {} : fieldsOf(session, kind, seen, how)
    return { hold, seen, end: { kind: kind.name, recordId, runId, fields } }
  })
  const known = new Map(ends.flatMap(({ end, seen }) => (seen === undefined ? [] : [[end, seen]])))
  const { by, done } = await releaseTogether(leases, known)
  const released = new Map<Hold, GivenBack['status']>()
  for (const { hold, seen, end } of ends) {
    released.set(hold, done.has(end) ? 'given_back' : await releaseLease(by, end, seen))
  }
  return released
}

/** @returns what is done by it, and by what the rest is to be asked for: a hub that is out of reach is asked once */
async function releaseTogether(leases: Leases, ends: ReadonlyMap<LeaseEnd, Entry>) {
  // One alone is asked for by itself, which tells at once why it is refused.
  if (ends.size < 2) return { by: leases, done: new Set<LeaseEnd>() }
  try {
    return { by: leases, done: await leases.releaseAll(ends) }
  } catch (error) {
    if (!(error instanceof CoordError) || error.status !== 'hub_error') throw error
    return { by: leases.offline(), done: new Set<LeaseEnd>() }
  }
}

async function releaseLease(leases: Leases, end: LeaseEnd, seen: Entry | undefined): Promise<GivenBack['status']> {
  try {
    await leases.release(end, seen)
    return 'given_back'
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.status === 'lease_lost' || error.status === 'held') return 'lost'
    if (error.code === 'LEASE_FINISHED') {
      // Its end is at the hub alone, as when the process was killed before it had written it: whoever looks next shall see it here.
      await leases.refresh()
      return 'finished'
    }
    if (error.status !== 'hub_error') throw error
  }
  await leases.offline().release(end, seen)
  return 'given_back'
}

/** What the kind adds to the record; a lease is given back all the same where its plugin fails to tell. */
function fieldsOf(session: Session, kind: Kind, entry: SeenRecord, how: GivingBack): object {
  try {
    return kind.giveBack?.(entry, how).payload ?? {}
  } catch (error) {
    if (!isOfPlugin(error)) throw error
    session.note(`⚠️  ${error.message}`)
    return {}
  }
}
