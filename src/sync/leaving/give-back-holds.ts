import { CoordError, isOfPlugin } from '../../base/errors.js'
import type { GivingBack, Hold, Kind, SeenRecord } from '../../kinds/kind.js'
import { byRecord } from '../../workspace/by-record.js'
import { type Leases, openLeases } from '../../workspace/leases/leases.js'
import type { Session } from '../../workspace/session.js'
import { type Decider, openDecider } from '../holding/decider.js'
import { giveBack } from '../holding/give-back.js'

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
  const { registry } = session
  const decider = await deciderOf(session, isOffline)
  const leases = await openLeases(session, { isOffline: decider.by === 'later' })
  const given: GivenBack[] = []
  for (const [hold, ...others] of byRecord(holds)) {
    const [kind] = registry.select([hold.kind]) as [Kind]
    const { recordId, runId } = hold
    const status =
      kind.merge === 'lease'
        ? await releaseLease(session, leases, kind, hold, reason)
        : kind.giveBack === undefined
          ? 'kept'
          : 'given_back'
    if (kind.merge !== 'lease' && status !== 'kept') await giveBack(session, hold, reason ?? '', decider)
    given.push({ kind: kind.name, recordId, runId, what: [hold, ...others].map(({ what }) => what), status })
  }
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
  kind: Kind,
  { recordId, runId }: Hold,
  reason: string | null,
): Promise<GivenBack['status']> {
  const { workspace } = session
  const entry = workspace.view.named(kind.name, recordId)
  const how = { id: workspace.newId(), at: workspace.timestamp(), reason }
  const fields = entry === undefined ? {} : fieldsOf(session, kind, entry, how)
  const end = { kind: kind.name, recordId, runId, fields }
  try {
    await leases.release(end)
    return 'given_back'
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.status === 'lease_lost' || error.status === 'held') return 'lost'
    if (error.status !== 'hub_error') throw error
  }
  await leases.offline().release(end)
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
