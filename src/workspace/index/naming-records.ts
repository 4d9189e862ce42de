import type { Place } from './file-table.js'
import type { IndexDatabase } from './index-database.js'

/** Where a text is looked for. */
export interface TextSearch {
  /** The run that wrote a record, or what its payload holds as a whole value or key. */
  readonly text: string
  /** What came after this moment, milliseconds since 1970. */
  readonly from: number
  /** What had come by this one. */
  readonly to: number
  /** The most records of one directory, the newest. */
  readonly limit: number
}

/** The ids of the records that bear a text, and maybe others that hold it as a part of one. */
export function namingRecords(
  database: IndexDatabase,
  places: readonly Place[],
  { text, from, to, limit }: TextSearch,
): string[] {
  return places.flatMap(({ directory }) =>
    database
      .all<{ record_id: string }>(
        `SELECT record_id FROM files WHERE directory = (SELECT id FROM directories WHERE path = ?)
          AND came_at > ? AND came_at <= ? AND (run_id = ? OR instr(payload, ?) > 0) ORDER BY came_at DESC LIMIT ?`,
        ...[directory, from, to, text, JSON.stringify(text), limit],
      )
      .map(({ record_id: id }) => id),
  )
}
