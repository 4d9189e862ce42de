import { recordKey } from '../record-key.js'
import type { StoreRecord } from '../record-store.js'
import type { UsageGrowth } from '../usage.js'

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
  const column = <T>(value: (row: StoreRecord) => T): T[] => rows.map(value)
  return [
    spaceId,
    lastId,
    column(({ id }) => id),
    column(recordKey),
    column(({ kind }) => kind),
    column(({ recordId }) => recordId),
    column(({ runId }) => runId),
    column(({ payloadJson }) => payloadJson),
    column(({ expiresAt }) => expiresAt),
    column(({ expiresAt }) => (expiresAt === null ? null : Date.parse(expiresAt))),
    column(({ author }) => author),
    column(({ token }) => token),
    column(({ revision }) => revision),
    column(({ receivedAt }) => receivedAt),
    grown.map(({ handle }) => handle),
    grown.map(({ records }) => records),
    grown.map(({ bytes }) => bytes),
    nonce,
  ]
}
