import { hash } from 'node:crypto'

/**
 * What a SQLite index finds a record of a space by: 16 bytes of SHA-256, in hexadecimal, instead of a kind and an id
 * that may take 190. Ids are random, so each record of a push changes another page of the index; a quarter of the
 * pages is a quarter of what goes through the log, and that is where the time of a push goes.
 */
export function recordKey({ kind, recordId }: { kind: string; recordId: string }): string {
  return hash('sha256', `${kind} ${recordId}`).slice(0, 32)
}
