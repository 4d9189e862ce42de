import { askKind } from './ask-kind.js'
import type { Kind, Open, RecordSource } from './kind.js'

/** What there is to take by records of a kind, in the order of taking; nothing where its code throws. */
export function openOf(kind: Kind, records: RecordSource): readonly Open[] {
  return askKind(kind, 'open', () => [...(kind.open?.(records) ?? [])], [])
}
