import { hash } from 'node:crypto'

/**
 * What an index finds a record of a space by: 16 bytes of SHA-256, in hexadecimal, instead of a kind and an id that may
 * take 190. Ids are random, so each record of a push changes another page of that index, and in SQLite all those pages
 * go through the log: short keys are fewer pages.
 */
export function recordKey({ kind, recordId }: { kind: string; recordId: string }): string {
  return hash('sha256', `${kind} ${recordId}`).slice(0, 32)
}
