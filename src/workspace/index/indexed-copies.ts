import { RULES } from '../../record/merge/rules.js'
import type { Repo } from '../repo.js'
import type { CopyMemory } from './copy-memory.js'
import { placesOf, readCopies, readEnd, type Selection } from './file-table.js'
import type { IndexDatabase } from './index-database.js'
import { readRanked } from './ranked.js'
import type { CopySource } from './standing.js'

/** Which copies are read. Times are milliseconds since 1970. */
export interface Wanted {
  /** What was not over then. */
  readonly now: number
  /** Ids of records that are read although they are over. */
  readonly including?: readonly string[]
  /** What came later is left out, but of kinds whose records are rewritten in place: their last word is the only one. */
  readonly cameUntil?: number | undefined
}

/**
 * The copies that an index has.
 *
 * @param memory what was read before; `null`: nothing is kept
 */
export function indexedCopies(
  repo: Repo,
  database: IndexDatabase,
  { now, including = [], cameUntil }: Wanted,
  memory: CopyMemory | null = null,
): CopySource {
  const select = (kind: Parameters<CopySource['kept']>[0], selection: Selection) =>
    placesOf(kind).flatMap((place) => readCopies(repo, database, place, selection, memory))
  return {
    isIndexed: true,
    kept: (kind) => {
      const until = RULES[kind.merge].isRewritten ? undefined : cameUntil
      return select(kind, { of: 'kept', now, including, cameUntil: until ?? Number.MAX_SAFE_INTEGER })
    },
    named: (kind, recordIds) => select(kind, { of: 'records', recordIds }),
    ranked: (kind, after, count) => readRanked(database, directoriesOf(kind), now, after, count),
    endOf: (kind, recordId) => readEnd(database, placesOf(kind), recordId),
  }
}

function directoriesOf(kind: Parameters<typeof placesOf>[0]): string[] {
  return placesOf(kind).map(({ directory }) => directory)
}
