import type { Kind } from '../../kinds/kind.js'
import { entriesOf } from '../entries-of.js'
import type { Entry } from '../entry.js'
import type { Repo } from '../repo.js'
import { placesOf, readCopies } from './file-table.js'
import type { IndexDatabase } from './index-database.js'

/** How far somebody has read an index: a file that comes or changes gets a number above all others. */
export interface IndexMark {
  /** Which index it is. */
  readonly index: string
  /** The number of the next row of `files`. */
  readonly nextFile: number
}

/** What has come since a mark. */
export interface RecordsSince {
  readonly mark: IndexMark
  /** The records of some kinds of which a file came or changed since, as they stand now; in no order. */
  readonly entries: readonly Entry[]
}

/**
 * The records of some kinds of which files came or changed since a mark, for the cost of those; `null`: the mark is none of this
 * index, which was begun anew.
 *
 * @param since `null`: nothing is asked but the mark
 */
export function recordsSince(
  repo: Repo,
  database: IndexDatabase,
  index: string,
  kinds: readonly Kind[],
  since: IndexMark | null,
  now: number,
): RecordsSince | null {
  const next = database.get<{ value: string }>(`SELECT value FROM meta WHERE name = 'next_file'`)
  const mark = { index, nextFile: Number(next?.value ?? 1) }
  if (since === null) return { mark, entries: [] }
  if (since.index !== index || since.nextFile > mark.nextFile) return null
  const rows = database.all<{ record_id: string; path: string }>(
    `SELECT record_id, path FROM files JOIN directories ON directories.id = directory
      WHERE files.id >= ? AND record_id IS NOT NULL`,
    since.nextFile,
  )
  const entries = kinds.flatMap((kind) => {
    const places = placesOf(kind)
    const here = rows.filter(({ path }) => places.some(({ directory }) => directory === path))
    const recordIds = [...new Set(here.map(({ record_id }) => record_id))]
    if (recordIds.length === 0) return []
    const copies = places.flatMap((place) => readCopies(repo, database, place, { of: 'records', recordIds }))
    return entriesOf(kind, copies, now)
  })
  return { mark, entries }
}
