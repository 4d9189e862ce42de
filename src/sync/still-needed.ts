import type { Kind } from '../kinds/kind.js'
import type { Copy, Entry } from '../workspace/entry.js'
import { mentionsIn } from '../workspace/index/mentions.js'

/** An entry and its kind. */
export interface Found {
  readonly kind: Kind
  readonly entry: Entry
}

/**
 * Tells which of the records that are over others still need: what a record that stays mentions, as an open task does those
 * it comes after, and what says of such a record that it is over.
 *
 * @param ids those of all records
 * @param open records that are not over
 * @param unsent ids of records that are, and stay because no hub is known to have them
 */
export function stillNeeded(
  ids: ReadonlySet<string>,
  open: readonly Found[],
  unsent: Iterable<string>,
): (over: Found) => boolean {
  const needed = new Set(unsent)
  for (const one of open) {
    needed.add(one.entry.recordId)
    for (const id of mentionsOf(one)) if (ids.has(id)) needed.add(id)
  }
  return (over) => needed.has(over.entry.recordId) || mentionsOf(over).some((id) => needed.has(id))
}

/** What a record holds that may be the id of another one. */
export function mentionsOf({ kind, entry }: Found): string[] {
  const copies: readonly Copy[] = [entry, ...entry.shadowed]
  return copies.flatMap(({ payload }) => [...mentionsIn(kind, entry.recordId, payload)])
}
