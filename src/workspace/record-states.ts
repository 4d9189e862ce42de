import { problemOf } from '../base/errors.js'
import { timeOf } from '../base/timestamp.js'
import type { Kind, RecordSource, RecordState, SeenRecord } from '../kinds/kind.js'
import { LONG_AGO } from './leases/long-ago.js'

/** What tells how each record of a kind stands: by the kind's own word, else by its end. */
export function readStates(kind: Kind, records: RecordSource): (record: SeenRecord) => RecordState {
  if (kind.state !== undefined) return kind.state(records)
  const endOf = kind.ends?.(records) ?? lapseOf
  return (record) => {
    const until = endOf(record)
    return { ...stateAt(kind, record, until, records.now), what: describe(kind, record), runId: record.runId, until }
  }
}

/** What a record says, in a line. A plugin's code meets what anybody wrote: where it fails, that is what there is to say. */
export function describe(kind: Kind, { payload }: Pick<SeenRecord, 'payload'>): string {
  try {
    return String(kind.describe?.(payload) ?? '')
  } catch (error) {
    return `(${problemOf(error)})`
  }
}

/** When a record ends by its own expiry. */
function lapseOf({ expiresAt }: Pick<SeenRecord, 'expiresAt'>): number | null {
  return timeOf(expiresAt)
}

function stateAt(kind: Kind, { expiresAt }: SeenRecord, until: number | null, now: number) {
  if (kind.merge === 'lease' && expiresAt === null) return { state: 'finished', isOver: true }
  if (until === null || until > now) return { state: 'active', isOver: false }
  return { state: expiresAt === LONG_AGO ? 'released' : 'lapsed', isOver: true }
}
