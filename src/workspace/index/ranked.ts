import { askKind } from '../../kinds/ask-kind.js'
import type { Kind } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import type { IndexDatabase } from './index-database.js'
import { NEVER } from './layout.js'

/** Where a record stands among those of its kind: by rank, then by id. */
export interface Ranked {
  readonly rank: string
  readonly recordId: string
}

/** Some of them, in order; after the last page there is none. */
export interface RankedPage {
  readonly page: readonly Ranked[]
  readonly isLast: boolean
}

/** So many rows are read at first: as many as somebody tries who wants the first one. Then more and more, for all were taken. */
const FIRST_PAGE = 64
const MOST_ROWS = 1024

/** How many rows the page behind one of so many has; 0: the first. */
export function rowsAfter(count: number): number {
  return count === 0 ? FIRST_PAGE : Math.min(2 * count, MOST_ROWS)
}

/** The rank of a payload; `null`: its kind has none, or fails to say. */
export function rankOf(kind: Kind, payload: JsonObject): string | null {
  const rank: unknown = askKind(kind, 'rank', () => kind.rank?.(payload), undefined)
  return typeof rank === 'string' ? rank : null
}

/**
 * What is kept of a kind, in order, a page of it: from a place in that order on.
 *
 * @param directories of the kind, by their paths
 * @param now milliseconds since 1970
 * @param after `null`: from the start
 * @param count how many at most
 */
export function readRanked(
  database: IndexDatabase,
  directories: readonly string[],
  now: number,
  after: Ranked | null,
  count: number,
): RankedPage {
  const { rank, recordId } = after ?? { rank: '', recordId: '' }
  const isThere = 'directory = (SELECT id FROM directories WHERE path = ?)'
  const beyond = 'rank IS NOT NULL AND (rank, record_id) > (?, ?)'
  const list = (isKept: string, ...values: readonly (string | number)[]): Ranked[] => {
    // As one text: the rows of those that are taken would be as many objects.
    const row = database.get<{ list: string }>(
      `SELECT json_group_array(json_array(rank, record_id)) AS list FROM (SELECT rank, record_id FROM files
        WHERE ${isThere} AND ${isKept} AND ${beyond} ORDER BY rank, record_id LIMIT ?)`,
      ...values,
      rank,
      recordId,
      count,
    )
    const pairs: [string, string][] = JSON.parse(row?.list ?? '[]')
    return pairs.map(([rank, recordId]) => ({ rank, recordId })).sort(byRank)
  }
  const lists = directories.flatMap((directory) => [
    list(`kept_until = ${NEVER}`, directory),
    // Those whose end is known and yet to come: few, if any.
    list(`kept_until > ? AND kept_until < ${NEVER}`, directory, now),
  ])
  const full = lists.filter(({ length }) => length === count)
  // Beyond the end of a list that was cut others of it may come first.
  const bound = full.map((list) => list.at(-1) as Ranked).sort(byRank)[0]
  const page = lists
    .flat()
    .filter((one) => bound === undefined || byRank(one, bound) <= 0)
    .sort(byRank)
  return { page, isLast: bound === undefined }
}

export function byRank(one: Ranked, other: Ranked): number {
  if (one.rank !== other.rank) return one.rank < other.rank ? -1 : 1
  return one.recordId < other.recordId ? -1 : one.recordId > other.recordId ? 1 : 0
}
