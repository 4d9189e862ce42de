import { recordKey } from '../record-key.js'
import type { StoreRecord } from '../record-store.js'
import type { Statements } from './statements.js'

/**
 * Writes rows into a space, inside the transaction of the caller.
 *
 * @param replacing whether there may be rows with the same keys, which then go
 */
export function writeRecords(
  statements: Statements,
  spaceId: number,
  rows: readonly StoreRecord[],
  replacing: boolean,
): void {
  if (replacing) statements.removeByKey.run(JSON.stringify(rows.map(recordKey)), spaceId)
  for (const row of rows) {
    statements.addRecord.run(
      spaceId,
      row.id,
      recordKey(row),
      row.kind,
      row.recordId,
      row.runId,
      row.payloadJson,
      row.expiresAt,
      row.expiresAt === null ? null : Date.parse(row.expiresAt),
      row.author,
      row.token,
      row.revision,
      row.receivedAt,
    )
  }
}
