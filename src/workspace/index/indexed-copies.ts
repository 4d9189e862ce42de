import type { Repo } from '../repo.js'
import { placesOf, readCopies, readEnd, type Selection } from './file-table.js'
import type { IndexDatabase } from './index-database.js'
import type { CopySource } from './standing.js'

/**
 * The copies that an index has.
 *
 * @param now milliseconds since 1970
 * @param including ids of records that are read although they are over
 */
export function indexedCopies(
  repo: Repo,
  database: IndexDatabase,
  now: number,
  including: readonly string[] = [],
): CopySource {
  const select = (selection: Selection) => (kind: Parameters<CopySource['kept']>[0]) =>
    placesOf(kind).flatMap((place) => readCopies(repo, database, place, selection))
  return {
    kept: select({ of: 'kept', now, including }),
    named: (kind, recordId) => select({ of: 'record', recordId })(kind),
    endOf: (kind, recordId) => readEnd(database, placesOf(kind), recordId),
  }
}
