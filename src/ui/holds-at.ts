import { askKind } from '../kinds/ask-kind.js'
import type { Hold, RecordSource } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'

/** What runs held at the moment of these records, by every kind by which something can be held; by address. */
export function holdsAt({ all }: KindRegistry, records: RecordSource): readonly Hold[] {
  return all
    .flatMap((kind) => askKind(kind, 'holds', () => [...(kind.holds?.(records) ?? [])], []))
    .sort((one, other) => (one.what < other.what ? -1 : one.what > other.what ? 1 : 0))
}
