import { coordError } from '../../base/errors.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { Hold } from '../../kinds/kind.js'
import type { CoordRecord } from '../../record/record.js'
import { type HoldNote, HoldNotes } from '../../workspace/holding/hold-notes.js'
import { judgeHold, lookForHolder, readHolds } from '../../workspace/holds.js'
import { openLeases } from '../../workspace/leases/leases.js'
import type { Session } from '../../workspace/session.js'
import { type Look, waitUntil } from '../waiting/wait-until.js'
import { type Decider, decisionOf } from './decider.js'
import { giveBack } from './give-back.js'
import type { ExclusiveWish, HoldAnswer } from './hold-answer.js'

/** A run's place in the row for something that others have. */
export interface Waiting {
  readonly wish: ExclusiveWish
  /** As it was written. */
  readonly record: CoordRecord
  readonly note: HoldNote
  /** What stood before it when it was written. */
  readonly by: readonly Hold[]
}

/** Beats that a place in the row may miss. */
const BEATS_PER_LENGTH = 3

/**
 * Waits until all that stands before a record has ended. Others who come later find the record and queue behind it. It is
 * judged anew by nothing but a further write of its run, the beat that keeps its place, at the time at which that was taken:
 * what ends meanwhile by somebody's clock may have been extended.
 *
 * @throws `WAIT_TIMED_OUT`, `INTERRUPTED`, `HOLD_LATE` when its place was lost, and what `beat` throws; its place is given back
 */
export async function awaitTurn(session: Session, decider: Decider, waiting: Waiting): Promise<HoldAnswer> {
  const { wish, record, note } = waiting
  const decision = decider.by === 'hub' ? decisionOf(decider) : null
  const notes = new HoldNotes(session.workspace.repo)
  notes.write({ ...note, state: 'waiting', decidedBy: decision })
  try {
    const leases = await openLeases(session, { isOffline: decider.by !== 'hub', isReader: true })
    const { runId, what } = wish
    const options = { kinds: [], what: what.join(' '), runId, timeoutSeconds: wish.waiting?.timeoutSeconds }
    const until = await waitUntil(session, leases, options, turnOf(session, decider, waiting))
    const isProvisional = decider.by === 'later'
    notes.write({ ...note, state: isProvisional ? 'provisional' : 'held', decidedBy: decision })
    return { outcome: 'held', record, until: until === null ? null : formatTimestamp(until), isProvisional }
  } catch (error) {
    // Also who was interrupted leaves the row.
    const ending = session.with({ signal: new AbortController().signal })
    await giveBack(
      ending,
      wish,
      'does not wait any more',
      decider.by === 'hub' ? { ...decider, session: ending } : decider,
    )
    throw error
  }
}

function turnOf(session: Session, decider: Decider, { wish, record, by }: Waiting): () => Promise<Look<number | null>> {
  const { view } = session.workspace
  const length = record.expiresAt === null ? null : Date.parse(record.expiresAt) - view.now
  let beatDueAt = length === null ? Number.POSITIVE_INFINITY : view.now + length / BEATS_PER_LENGTH
  return async () => {
    const before = standingBefore(session, decider, wish, by, view.now)
    wish.waiting?.check(before)
    if (before.length === 0 || view.now >= beatDueAt) {
      const beat = await wish.waiting?.beat()
      if (!beat) throw coordError('HOLD_LATE', wish.what.join(' '), String(record.expiresAt))
      beatDueAt = view.now + (length ?? 0) / BEATS_PER_LENGTH
      if (standingBefore(session, decider, wish, by, beat.at).length === 0) return { found: beat.until }
    }
    const ends = before.flatMap(({ until }) => until ?? [])
    return { lookAgainAt: Math.min(beatDueAt, ...ends) }
  }
}

/** What stands before a record at a moment: by the order of the space, without a hub what was there when it was written. */
function standingBefore(
  { workspace }: Session,
  decider: Decider,
  wish: ExclusiveWish,
  by: readonly Hold[],
  moment: number,
): readonly Hold[] {
  if (decider.by !== 'hub') {
    const ids = new Set(by.map(({ kind, recordId }) => `${kind}/${recordId}`))
    const look = () => readHolds(workspace).filter(({ kind, recordId }) => ids.has(`${kind}/${recordId}`))
    return lookForHolder(workspace, look, (found) => found.length > 0)
  }
  const { localAuthor } = decider
  const verdict = judgeHold(workspace, wish, { localAuthor, passesAdvisory: wish.passesAdvisory === true }, moment)
  if (verdict.outcome === 'kept_out') return verdict.by
  if (verdict.outcome === 'held') return []
  throw coordError('HOLD_LATE', wish.what.join(' '), formatTimestamp(moment))
}
