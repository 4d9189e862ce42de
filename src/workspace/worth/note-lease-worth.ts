import { hasLapsed } from '../../record/record.js'
import type { Entry } from '../entry.js'
import type { LeaseAnswer, LeaseWish } from '../leases/lease-answer.js'
import { LONG_AGO } from '../leases/long-ago.js'
import type { Session } from '../session.js'
import { noteCollisions, noteWorth } from './note-worth.js'

/**
 * Notes what the answer to a wish for a lease was worth: who was refused what another run is at, and what a run has that had
 * lapsed in another's hands.
 *
 * @param seen the lease as it stood before
 * @param hadIt whether the run has or had it: then a refusal is a loss
 */
export function noteLeaseWorth(
  session: Session,
  { kind, recordId, runId, isWaiting }: LeaseWish,
  seen: Pick<Entry<object>, 'runId' | 'expiresAt'> | undefined,
  answer: LeaseAnswer,
  hadIt: () => boolean,
): void {
  if (answer.outcome === 'refused') {
    const { holder } = answer
    const isAtIt = holder !== null && holder.expiresAt !== null && holder.runId !== runId
    if (isAtIt && isWaiting !== true && !hadIt()) noteCollisions(session, runId, [{ kind, recordId, what: recordId }])
    return
  }
  if (answer.outcome !== 'granted' || answer.isRenewed || seen === undefined || seen.runId === runId) return
  const hasRunOut = seen.expiresAt !== LONG_AGO && hasLapsed(seen, session.workspace.view.now)
  if (hasRunOut) {
    noteWorth(session, [{ what: 'work_freed', runId: seen.runId, of: recordId, record: `${kind}/${recordId}` }])
  }
}
