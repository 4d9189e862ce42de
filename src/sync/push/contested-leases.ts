import type { LenientPushAnswer } from '../../hub-client/push-answer.js'
import type { Conflict } from '../../record/protocol.js'
import { LeaseNotes } from '../../workspace/leases/lease-notes.js'
import { LONG_AGO } from '../../workspace/leases/long-ago.js'
import type { Repo } from '../../workspace/repo.js'
import type { SyncState } from '../../workspace/state/sync-state.js'
import { isGrantLost, orderAfter } from './lease-order.js'
import type { OutgoingRecord } from './outbox.js'
import { outgoing } from './outgoing.js'
import { outboxOf } from './overtaken.js'

/** What is found where leases were refused. */
export interface Contested {
  /** To be sent once more. */
  readonly again: readonly OutgoingRecord[]
  /** Refusals that say nothing any more: the file holds another text by now, or is sent again. */
  readonly answered: ReadonlySet<Conflict>
}

interface RunAndEnd {
  readonly run_id: string
  readonly expires_at?: string | null
}

/** Reads the files of leases again that were refused, for another process of their run may have written since. */
export async function readContested(
  repo: Repo,
  state: SyncState,
  batch: readonly OutgoingRecord[],
  answer: LenientPushAnswer,
): Promise<Contested> {
  const notes = new LeaseNotes(repo)
  const again: OutgoingRecord[] = []
  const answered = new Set<Conflict>()
  for (const sent of batch) {
    const { outbox, recordId, order } = sent
    const { name: kind } = outbox.kind
    const conflict = answer.conflicts.find((one) => one.kind === kind && one.recordId === recordId)
    if (order === undefined || conflict?.token === undefined) continue
    const [found] = await outgoing(outboxOf(state, outbox, [sent]), false)
    if (found === undefined || found.hash !== sent.hash) {
      // It is as the hub is known to have it, or newer than what was refused.
      answered.add(conflict)
      if (found !== undefined) again.push({ ...found, outbox })
      continue
    }
    const { run_id: runId, expires_at: end = null } = JSON.parse(sent.json) as RunAndEnd
    const note = notes.read(kind, recordId, runId)
    if (note === null && end === null && isGrantLost(order, conflict)) {
      answered.add(conflict)
      again.push({ ...found, outbox, order: { token: conflict.token } })
      continue
    }
    const asked = { space: outbox.sent.space, epoch: answer.epoch ?? null }
    const next = orderAfter(order, conflict, runId, note, asked, end === null || end === LONG_AGO)
    if (next === null) continue
    answered.add(conflict)
    again.push({ ...found, outbox, order: next })
  }
  return { again, answered }
}
