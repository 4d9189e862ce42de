import { nameKey } from './stores/record-key.js'
import type { IncomingRecord, StoreAnswer, StorePush } from './stores/record-store.js'
import { BULK_WEIGHT, weightOfRecord } from './stores/weight-of.js'

/** About two milliseconds of a SQLite store, in which its process does nothing else. */
const PART_WEIGHT = 100

/**
 * Writes a push, a large one in parts: each is judged and committed by itself. A store puts as many of them into one transaction as
 * nobody has to wait for. Where records decide about each other it is one part: it acts once, or names one record twice.
 *
 * @param write writes a part; it is called for all of them at once
 * @returns the answer to the whole
 * @throws what the first part that failed was refused with; others may be written, as they may be where an answer is lost
 */
export async function pushInParts(
  push: StorePush,
  write: (part: StorePush) => Promise<StoreAnswer>,
): Promise<StoreAnswer> {
  const [only, ...others] = partsOf(push)
  if (only === undefined || others.length === 0) return write(push)
  const settled = await Promise.allSettled([only, ...others].map((records) => write({ ...push, records })))
  const refused = settled.find((one) => one.status === 'rejected')
  if (refused !== undefined) throw refused.reason
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])).reduce(sumOf)
}

function partsOf({ records, first, takesBack, signature }: StorePush): IncomingRecord[][] {
  const parts: IncomingRecord[][] = []
  if (first || takesBack !== undefined || signature !== undefined) return parts
  let weight = PART_WEIGHT
  for (const record of records) {
    if (weight >= PART_WEIGHT) {
      parts.push([])
      weight = 0
    }
    parts.at(-1)?.push(record)
    weight += weightOfRecord(record)
  }
  // A light rest would be taken for a small push of somebody.
  if (weight <= BULK_WEIGHT && parts.length > 1) parts.at(-2)?.push(...(parts.pop() ?? []))
  const isAnyTwice = parts.length > 1 && new Set(records.map(nameKey)).size < records.length
  return isAnyTwice ? [] : parts
}

function sumOf(sum: StoreAnswer, next: StoreAnswer): StoreAnswer {
  return {
    ...next,
    inserted: sum.inserted + next.inserted,
    updated: sum.updated + next.updated,
    skipped: sum.skipped + next.skipped,
    conflicts: [...sum.conflicts, ...next.conflicts],
    rejected: [...sum.rejected, ...next.rejected],
    leases: [...sum.leases, ...next.leases],
    ranOut: sum.ranOut + next.ranOut,
  }
}
