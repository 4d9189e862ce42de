import { LeaseNotes } from '../local/lease-notes.js'
import { markLost } from '../local/lost-lease.js'
import type { Repo } from '../local/repo.js'
import type { Conflict } from '../protocol.js'
import type { CoordRecord } from '../record.js'
import { fromWire } from '../spelling.js'
import type { OutgoingRecord } from './outbox.js'
import type { LenientPushAnswer } from './push-answer.js'

/**
 * Takes note of what a hub's answer to a batch says about the leases in it: provisional ones are confirmed and get their
 * token, and those that another run has are marked as lost, see {@link markLost}.
 *
 * @throws `FILE_FAILED`
 */
export function settleLeases(repo: Repo, batch: readonly OutgoingRecord[], answer: LenientPushAnswer): void {
  const notes = new LeaseNotes(repo)
  for (const outgoing of batch) {
    const { kind } = outgoing.outbox
    if (kind.merge !== 'lease') continue
    const isMeant = (named: { kind: string; recordId: string }) =>
      named.kind === kind.name && named.recordId === outgoing.recordId
    const record = fromWire<CoordRecord>(JSON.parse(outgoing.json))
    const { recordId, runId } = record
    const conflict = answer.conflicts.find(isMeant)
    const lease = answer.leases.find(isMeant)
    if (conflict !== undefined) {
      if (!isOwnEnd(conflict, runId)) markLost(repo, record, conflict.holder, outgoing.file.path)
    } else if (record.expiresAt === null) {
      notes.remove(kind.name, recordId, runId)
    } else if (lease !== undefined) {
      notes.write({ kind: kind.name, recordId, runId, state: 'held', token: lease.token, holder: null, payload: null })
    }
  }
}

/** The run has finished it meanwhile, and what was sent was older: nobody else has it. */
function isOwnEnd({ reason, holder }: Conflict, runId: string): boolean {
  return reason === 'held' && holder?.runId === runId && holder.expiresAt === null
}
