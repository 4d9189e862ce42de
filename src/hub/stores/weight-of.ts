import type { IncomingRecord, StorePush } from './record-store.js'

/** A push of more does not keep lighter ones waiting: a claim, a few reservations. */
export const BULK_WEIGHT = 32

/** What takes as long to write as one record more: measured with SQLite, and near enough for a database elsewhere. */
const CHARACTERS_OF_A_RECORD = 4 * 1024

/** How much of a transaction a push is, in records of usual size, and one for itself. */
export function weightOf({ records }: StorePush): number {
  return 1 + Math.floor(records.reduce((sum, record) => sum + weightOfRecord(record), 0))
}

/** One for a record, and what its payload adds. */
export function weightOfRecord({ payloadJson }: IncomingRecord): number {
  return 1 + payloadJson.length / CHARACTERS_OF_A_RECORD
}
