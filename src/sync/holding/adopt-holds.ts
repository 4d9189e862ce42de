import type { Hold } from '../../kinds/kind.js'
import { isOneRun } from '../../record/run-name.js'
import { byRecord } from '../../workspace/by-record.js'
import { HoldNotes } from '../../workspace/holding/hold-notes.js'
import { judgeHold, readHolds } from '../../workspace/holds.js'
import type { Session } from '../../workspace/session.js'
import { bringAtFirst, decisionOf, openDecider } from './decider.js'

/**
 * Brings what a run that goes on here holds exclusively by records of other stores of its author, so that it is renewed here as
 * it was there. Whether it is held the order of the space says; what the space keeps from the run stays as it is. Without a
 * hub there is no other store.
 *
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
 */
export async function adoptHolds(session: Session, runId: string): Promise<void> {
  const decider = await openDecider(session)
  if (decider.by !== 'hub') return
  await bringAtFirst(decider)
  const { workspace } = session.snapshot()
  const { localAuthor } = decider
  const notes = new HoldNotes(workspace.repo)
  const isForeign = ({ kind, recordId, author, isExclusive, runId: holder }: Hold) =>
    isExclusive &&
    author !== null &&
    author === localAuthor &&
    isOneRun(holder, runId) &&
    workspace.registry.get(kind)?.merge !== 'lease' &&
    notes.read(kind, recordId) === null
  for (const holds of byRecord(readHolds(workspace).filter(isForeign))) {
    const [{ kind, recordId, runId: holder }] = holds
    const verdict = judgeHold(workspace, holds[0], { localAuthor, passesAdvisory: true })
    if (verdict.outcome !== 'held') continue
    notes.write({
      ...{ kind, recordId, runId: holder, what: holds.map(({ what }) => what), state: 'held' },
      ...{ process: null, decidedBy: decisionOf(decider), passesAdvisory: true, winner: null, isTold: false },
    })
  }
}
