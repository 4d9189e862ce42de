import { combinesFiles } from '../../kinds/combine-payloads.js'
import type { Kind } from '../../kinds/kind.js'
import type { Conflict } from '../../record/protocol.js'
import type { SyncState } from '../../workspace/state/sync-state.js'
import { createOutbox, filesOf, type Outbox, type OutgoingRecord } from './outbox.js'
import { outgoing } from './outgoing.js'

/** A change that did not name the revision that stands, and was told it. */
export interface Overtaken extends Conflict {
  readonly revision: number | null
}

export function isOvertaken(conflict: Conflict): conflict is Overtaken {
  // One of a lease tells the token too, see `contested-leases.ts`.
  return conflict.reason === 'stale' && conflict.revision !== undefined && conflict.token === undefined
}

/** What stands of some records of a kind at the hub now, by record id, as far as others have written it. */
export type Standing = (kind: Kind, recordIds: readonly string[]) => Promise<Outbox['beside']>

/**
 * Reads records again that were overtaken, each to replace the revision that stands. What was read before is not sent again:
 * it may be older than what overtook it. Another store of this user may have overtaken it, which has written what this one
 * does not know: where the kind combines, both are sent as one. A record that has become what the hub is known to hold is left
 * out.
 */
export async function readAgain(
  state: SyncState,
  batch: readonly OutgoingRecord[],
  overtaken: readonly Overtaken[],
  standing: Standing,
): Promise<OutgoingRecord[]> {
  const again: OutgoingRecord[] = []
  for (const outbox of new Set(batch.map((record) => record.outbox))) {
    const { kind } = outbox
    const stands = new Map(
      overtaken.filter((one) => one.kind === kind.name).map(({ recordId, revision }) => [recordId, revision]),
    )
    if (stands.size === 0) continue
    const records = batch.filter((record) => record.outbox === outbox && stands.has(record.recordId))
    const beside = combinesFiles(kind) ? await standing(kind, [...stands.keys()]) : undefined
    for (const record of await outgoing(outboxOf(state, outbox, records, beside), false)) {
      const after = stands.get(record.recordId)
      if (after !== undefined) again.push({ ...record, outbox, after })
    }
  }
  return again
}

/** The files of records once more. Only to read: what is found is acknowledged in the outbox that it is of. */
export function outboxOf(
  state: SyncState,
  { kind, repo }: Outbox,
  records: readonly OutgoingRecord[],
  beside?: Outbox['beside'],
): Outbox {
  const names = records.flatMap(filesOf).map(({ name }) => name)
  return createOutbox(kind, state.sentToLookAt(kind), repo, new Set(names), beside)
}
