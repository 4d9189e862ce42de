import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import type { CoordRecord } from '../../record/record.js'
import { fromWire } from '../../record/wire.js'
import { type LeaseHolder, LeaseNotes } from '../../workspace/leases/lease-notes.js'
import { markLost } from '../../workspace/leases/lost-lease.js'
import { readPayload } from '../../workspace/record-files.js'
import type { Repo } from '../../workspace/repo.js'
import { isStillOwn } from './lease-order.js'
import type { OutgoingRecord } from './outbox.js'

/** A lease that a run of this workspace had, and that the hub says is another's. */
export interface LostLease {
  kind: string
  recordId: string
  /** The run that has lost it. */
  runId: string
  /** Who has it, as far as the hub tells. */
  holder: LeaseHolder | null
}

/**
 * Takes note of what a hub's answer to a batch says about the leases in it: provisional ones are confirmed and get their
 * token, and those that another run has are marked as lost, see {@link markLost}.
 *
 * @returns what is lost
 * @throws `FILE_FAILED`
 */
export function noteLeases(repo: Repo, batch: readonly OutgoingRecord[], answer: LenientPushAnswer): LostLease[] {
  const notes = new LeaseNotes(repo)
  const lost: LostLease[] = []
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
      // What was written since is not what was refused.
      if (isStillOwn(conflict, runId, notes.read(kind.name, recordId, runId)) || !isStillThere(outgoing, record))
        continue
      markLost(repo, record, conflict.holder, outgoing.file.path)
      lost.push({ kind: kind.name, recordId, runId, holder: conflict.holder })
    } else if (record.expiresAt === null) {
      notes.remove(kind.name, recordId, runId)
    } else if (lease !== undefined) {
      const { token } = lease
      const granter = { space: outgoing.outbox.sent.space, epoch: answer.epoch ?? null }
      notes.write({ kind: kind.name, recordId, runId, state: 'held', token, granter, holder: null, payload: null })
    }
  }
  return lost
}

/** Whether the file holds what was sent. */
function isStillThere({ file }: OutgoingRecord, { payload }: CoordRecord): boolean {
  const reading = readPayload(file)
  return 'payload' in reading && JSON.stringify(reading.payload) === JSON.stringify(payload)
}
