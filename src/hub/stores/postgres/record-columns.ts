import { recordKey } from '../record-key.js'
import type { StoreRecord } from '../record-store.js'
import type { UsageGrowth } from '../usage.js'
import { int8Array, textArray, uuidArray } from './binary-array.js'

/**
 * The values of the PostgreSQL statement `write`: the space, its new end, and a list for each column.
 *
 * @param growth left out: what their authors have is counted otherwise
 * @param nonce names the commit; left out: the space does not end with it
 */
export function recordColumns(
  spaceId: number,
  lastId: number,
  rows: readonly StoreRecord[],
  growth?: UsageGrowth,
  nonce: string | null = null,
): unknown[] {
  const grown = growth?.entries() ?? []
  return [
    spaceId,
    lastId,
    int8Array(rows.map(({ id }) => id)),
    uuidArray(rows.map(recordKey)),
    textArray(rows.map(({ kind }) => kind)),
    textArray(rows.map(({ recordId }) => recordId)),
    textArray(rows.map(({ runId }) => runId)),
    textArray(rows.map(({ payloadJson }) => payloadJson)),
    textArray(rows.map(({ expiresAt }) => expiresAt)),
    int8Array(rows.map(({ expiresAt }) => (expiresAt === null ? null : Date.parse(expiresAt)))),
    textArray(rows.map(({ author }) => author)),
    int8Array(rows.map(({ token }) => token)),
    int8Array(rows.map(({ revision }) => revision)),
    textArray(rows.map(({ receivedAt }) => receivedAt)),
    grown.map(({ handle }) => handle),
    grown.map(({ records }) => records),
    grown.map(({ bytes }) => bytes),
    nonce,
  ]
}
