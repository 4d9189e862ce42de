import { type Entry, WHOEVER_COMMITTED } from '../entry.js'
import type { View } from '../view.js'

/** What stands of a lease by the word of a run; what came with a clone gives it to nobody, whatever run it names. */
export function leaseIn(records: Pick<View, 'named'>, kind: string, recordId: string): Entry | undefined {
  const entry = records.named(kind, recordId)
  return entry?.author === WHOEVER_COMMITTED ? undefined : entry
}
