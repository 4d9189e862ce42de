import type { StorePush } from './record-store.js'

/** What takes as long to write as one record more: measured with SQLite, and near enough for a database elsewhere. */
const CHARACTERS_OF_A_RECORD = 4 * 1024

/** How much of a transaction a push is, in records of usual size, and one for itself. */
export function weightOf({ records }: StorePush): number {
  const characters = records.reduce((sum, { payloadJson }) => sum + payloadJson.length, 0)
  return 1 + records.length + Math.floor(characters / CHARACTERS_OF_A_RECORD)
}
