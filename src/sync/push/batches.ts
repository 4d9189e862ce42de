import { BATCH_BYTES, BATCH_RECORDS } from '../../record/protocol.js'
import { changeText, leaseText, pushText } from '../../record/wire.js'
import type { Outbox, OutgoingRecord } from './outbox.js'
import { outgoing } from './outgoing.js'

/** The outgoing records of all kinds in batches of at most 500 and 4 MiB, in order. */
export async function* batches(outboxes: readonly Outbox[], everyContent: boolean): AsyncGenerator<OutgoingRecord[]> {
  let batch: OutgoingRecord[] = []
  let bytes = 0
  for (const outbox of outboxes) {
    for (const record of await outgoing(outbox, everyContent)) {
      if (batch.length === BATCH_RECORDS || (batch.length > 0 && bytes + record.bytes > BATCH_BYTES)) {
        yield batch
        batch = []
        bytes = 0
      }
      batch.push(record)
      bytes += record.bytes
    }
  }
  if (batch.length > 0) yield batch
}

/** The body of a push: the records, and the merge rules of their kinds for a hub that has not heard of them. */
export function bodyOf(batch: readonly OutgoingRecord[]): string {
  const kinds = Object.fromEntries(batch.map(({ outbox: { kind } }) => [kind.name, { merge: kind.merge }]))
  return pushText(
    batch.map(({ json, after, order }) => {
      if (order !== undefined) return leaseText(json, order)
      return after === undefined ? json : changeText(json, after)
    }),
    kinds,
  )
}
