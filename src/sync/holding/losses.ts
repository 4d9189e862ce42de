import { lostLeases } from '../../workspace/leases/lost-leases.js'
import type { Session } from '../../workspace/session.js'
import { holdNotes } from './exclusive-holds.js'
import type { LostHold } from './settle-holds.js'

/** What runs of this store took to be theirs, and others have: exclusive holds, and leases. */
export function lossesHere(session: Session): readonly LostHold[] {
  const holds = holdNotes(session).filter(({ state }) => state === 'lost')
  const leases = lostLeases(session.workspace).map(({ kind, recordId, runId, holder }) => {
    const winner = holder && { runId: holder.runId, until: holder.expiresAt, what: recordId }
    return { kind, recordId, runId, what: [recordId], winner }
  })
  return [...holds, ...leases]
}
