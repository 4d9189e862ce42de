import { askKind } from '../kinds/ask-kind.js'
import type { Kind, RecordSource, RecordState, SeenRecord } from '../kinds/kind.js'
import { endsOf } from './ends-of.js'
import { LONG_AGO } from './leases/long-ago.js'

/** What tells how each record of a kind stands: by the kind's own word, else by its end. */
export function readStates(kind: Kind, records: RecordSource): (record: SeenRecord) => RecordState {
  if (kind.state !== undefined) {
    const stateOf = askKind(kind, 'state', () => kind.state?.(records), undefined)
    return (record) => askKind(kind, 'state', () => stateOf?.(record), undefined) ?? unknownState(record)
  }
  const endOf = endsOf(kind, records)
  return (record) => {
    const until = endOf(record)
    return { ...stateAt(kind, record, until, records.now), what: describe(kind, record), runId: record.runId, until }
  }
}

/** What a record says, in a line. */
export function describe(kind: Kind, { payload }: Pick<SeenRecord, 'payload'>): string {
  return askKind(kind, 'describe', () => String(kind.describe?.(payload) ?? ''), '(cannot be described)')
}

/** The kind's own word has failed: nobody may take the record for over. */
function unknownState({ runId }: SeenRecord): RecordState {
  return { state: 'unknown', isOver: false, what: '', runId, until: null }
}

function stateAt(kind: Kind, { expiresAt }: SeenRecord, until: number | null, now: number) {
  if (kind.merge === 'lease' && expiresAt === null) return { state: 'finished', isOver: true }
  if (until === null || until > now) return { state: 'active', isOver: false }
  return { state: expiresAt === LONG_AGO ? 'released' : 'lapsed', isOver: true }
}
