import { timeOf } from '../base/timestamp.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Kind, RecordSource, SeenRecord } from '../kinds/kind.js'

/**
 * What tells when each record of a kind ends: the kind's own word, else its expiry. Milliseconds since 1970, `null`: never,
 * and so where the kind's word fails, for what nobody can judge stands.
 */
export function endsOf(kind: Kind, records: RecordSource): (record: SeenRecord) => number | null {
  if (kind.ends === undefined) return lapseOf
  const endOf = askKind(kind, 'ends', () => kind.ends?.(records), undefined)
  return (record) => askKind(kind, 'ends', () => endOf?.(record) ?? null, null)
}

function lapseOf({ expiresAt }: Pick<SeenRecord, 'expiresAt'>): number | null {
  return timeOf(expiresAt)
}
