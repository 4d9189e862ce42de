import { hash } from 'node:crypto'

interface Keyed {
  readonly kind: string
  readonly recordId: string
}

/** What a record of a space is known by in memory. Neither a kind nor a record id holds a space. */
export function nameKey({ kind, recordId }: Keyed): string {
  return `${kind} ${recordId}`
}

/**
 * What an index finds a record of a space by: 16 bytes of SHA-256, in hexadecimal, instead of a kind and an id that may
 * take 190. Ids are random, so each record of a push changes another page of that index, and in SQLite all those pages
 * go through the log: short keys are fewer pages.
 */
export function recordKey(record: Keyed): string {
  return hash('sha256', nameKey(record)).slice(0, 32)
}
