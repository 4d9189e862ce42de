import { CoordError, isOfPlugin } from '../../base/errors.js'
import type { GivingBack, Hold, Kind, SeenRecord } from '../../kinds/kind.js'
import { byRecord } from '../../workspace/by-record.js'
import type { Entry } from '../../workspace/entry.js'
import { type Leases, openLeases } from '../../workspace/leases/leases.js'
import type { Session } from '../../workspace/session.js'
import type { SealedRecord } from '../../workspace/workspace.js'
import { type Decider, openDecider } from '../holding/decider.js'
import { tellHub, writeGiveBack } from '../holding/give-back.js'

/** Something that was given back. */
export interface GivenBack {
  readonly kind: string
  readonly recordId: string
  /** In the words of {@link Hold.what}. */
  readonly what: readonly string[]
  readonly runId: string
  /** `lost`: another run had it by then. `kept`: its kind knows no way, so only time ends it. */
  readonly status: 'given_back' | 'lost' | 'kept'
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
  const { registry, workspace } = session
  const decider = await deciderOf(session, isOffline)
  const leases = await openLeases(session, { isOffline: decider.by === 'later' })
  const given: GivenBack[] = []
  const written: SealedRecord[] = []
  // One look for them all: a hundred holds would be a hundred looks at a hundred records.
  const records = workspace.view.alive()
  for (const [hold, ...others] of byRecord(holds)) {
    const [kind] = registry.select([hold.kind]) as [Kind]
    const { recordId, runId } = hold
    const status =
      kind.merge === 'lease'
        ? await releaseLease(session, leases, records.named(kind.name, recordId), { kind, hold, reason })
        : kind.giveBack === undefined
          ? 'kept'
          : 'given_back'
    if (kind.merge !== 'lease' && status !== 'kept') {
      const one = await writeGiveBack(session, hold, reason ?? '', records)
      if (one !== null) written.push(one)
    }
    given.push({ kind: kind.name, recordId, runId, what: [hold, ...others].map(({ what }) => what), status })
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

async function releaseLease(
  session: Session,
  leases: Leases,
  entry: Entry | undefined,
  { kind, hold: { recordId, runId }, reason }: { kind: Kind; hold: Hold; reason: string | null },
): Promise<GivenBack['status']> {
  const { workspace } = session
  const how = { id: workspace.newId(), at: workspace.timestamp(), reason }
  const fields = entry === undefined ? {} : fieldsOf(session, kind, entry, how)
  const end = { kind: kind.name, recordId, runId, fields }
  try {
    await leases.release(end, entry)
    return 'given_back'
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.status === 'lease_lost' || error.status === 'held') return 'lost'
    if (error.status !== 'hub_error') throw error
  }
  await leases.offline().release(end, entry)
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
