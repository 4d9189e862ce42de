import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import { pushFew, type SingleRecord } from '../../hub-client/push-few.js'
import type { Hold, Kind } from '../../kinds/kind.js'
import { LEASE_FIELD } from '../../record/lease-numbers.js'
import { connect } from '../../workspace/connect.js'
import { LeaseNotes } from '../../workspace/leases/lease-notes.js'
import { endedPayload } from '../../workspace/leases/lease-payload.js'
import { markLost } from '../../workspace/leases/lost-lease.js'
import type { Session } from '../../workspace/session.js'
import { resolveTarget } from '../../workspace/target.js'
import { pull } from '../pull/pull.js'
import { findHolds, type RecordHolds } from './find-holds.js'

export interface TakeBackRequest {
  /** Record ids, their beginnings, or what is held: `src/a.ts`. */
  readonly names: readonly string[]
  /** Why, for those who look at the log. */
  readonly reason?: string | null
}

/** Something that was taken from the run that had it. */
export interface TakenBack {
  readonly kind: string
  readonly recordId: string
  /** In the words of {@link Hold.what}. */
  readonly what: readonly string[]
  readonly runId: string
  /** The handle of that run's author; `null`: the hub names nobody. */
  readonly author: string | null
  /** Until when that run may believe that it has it: ISO 8601; `null`: until it is told. */
  readonly believedUntil: string | null
}

/**
 * Ends what runs hold in the session's space, whoever they are: for its owner. The hub decides, and notes it in the log of the space.
 *
 * @throws `RECORD_UNKNOWN` where nobody holds it; `HOLD_UNENDED` where its kind knows no way; `RECORD_REJECTED`, `RECORD_CHANGED`
 *   where the hub does not do it; what `pull` throws
 */
export async function takeBack(session: Session, request: TakeBackRequest): Promise<readonly TakenBack[]> {
  await pull(session, { all: true, keepRecords: false })
  const found = await findHolds(session, request.names)
  // All of them before the first is sent: what cannot be ended stops the others, too.
  const takings = await Promise.all(found.map((holds) => plan(session, holds, request.reason ?? null)))
  const target = resolveTarget(session)
  const client = await connect(session, target, true)
  for (const { hold, record } of takings) {
    const { kind, recordId } = hold
    assertTaken(hold, await pushFew(client, target, [record], { takesBack: { kind, recordId } }))
    tellRunOfThisStore(session, hold)
  }
  await pull(session, { all: true, keepRecords: false })
  return takings.map(({ hold: { kind, recordId, runId, author, until }, what }) => {
    const believedUntil = until === null ? null : new Date(until).toISOString()
    return { kind, recordId, what, runId, author, believedUntil }
  })
}

interface Taking {
  readonly hold: Hold
  readonly what: readonly string[]
  /** That ends it. */
  readonly record: SingleRecord
}

async function plan(session: Session, holds: RecordHolds, reason: string | null): Promise<Taking> {
  const { workspace, registry } = session
  const [hold] = holds
  const { recordId, runId, token } = hold
  const [kind] = registry.select([hold.kind]) as [Kind]
  const entry = workspace.view.named(kind.name, recordId)
  const taker = workspace.viewer.handle ?? ''
  const why = kind.merge === 'lease' ? `taken back by ${taker}${reason === null ? '' : `: ${reason}`}` : reason
  const how = { id: workspace.newId(), at: workspace.timestamp(), reason: why, taker }
  const given = entry && kind.giveBack?.(entry, how)
  const what = holds.map((one) => one.what)
  if (kind.merge === 'lease') {
    const payload = endedPayload(kind, { kind: kind.name, recordId, runId, fields: given?.payload ?? {} }, entry)
    const numbers = { token }
    // The schema of a strict kind may not know the field.
    const counted = kind.strict ? payload : { ...payload, [LEASE_FIELD]: numbers }
    const sealed = await workspace.seal(kind.name, counted, entry)
    return { hold, what, record: { ...sealed, numbers, force: true } }
  }
  if (given === undefined) throw coordError('HOLD_UNENDED', `${kind.name} ${recordId}`)
  return { hold, what, record: await workspace.seal(given.kind, given.payload) }
}

function assertTaken({ kind, recordId }: Hold, { rejected, conflicts }: LenientPushAnswer): void {
  const what = `${kind} ${recordId}`
  const [refused] = rejected
  if (refused !== undefined) throw coordError('RECORD_REJECTED', what, quote(refused.reason))
  if (conflicts.length > 0) throw coordError('RECORD_CHANGED', `The ${what}`)
}

/** A run of another store is told when it asks for more time; one of this store would go by its own file. */
function tellRunOfThisStore({ workspace: { repo, view, viewer } }: Session, { kind, recordId, runId }: Hold): void {
  const entry = view.named(kind, recordId)
  if (entry === undefined || new LeaseNotes(repo).read(kind, recordId, runId) === null) return
  markLost(repo, entry, { runId: viewer.handle ?? '', expiresAt: null }, entry.origin === 'local' ? entry.file : null)
}
