import type { Kind } from '../../kinds/kind.js'
import { entriesOf } from '../entries-of.js'
import { cameAt, type Entry } from '../entry.js'
import type { Repo } from '../repo.js'
import { type Place, placesOf, readCopies } from './file-table.js'
import type { IndexDatabase } from './index-database.js'

/** The newest records of some kinds. */
export interface LatestRecords {
  /** How many there are in all. */
  readonly count: number
  /** The newest last. */
  readonly entries: readonly Entry[]
}

/** The newest records of some kinds, in the order in which they came, whatever the number of all. */
export function latestRecords(
  repo: Repo,
  database: IndexDatabase,
  kinds: readonly Kind[],
  limit: number,
  now: number,
): LatestRecords {
  const places = kinds.flatMap(placesOf)
  const count = kinds.reduce((sum, kind) => sum + countRecords(database, kind), 0)
  // Of several copies one stands, and it may be the elder, so more are read than are wanted.
  for (let reach = 2 * limit + 64; ; reach *= 2) {
    const rows = newestFiles(database, places, reach)
    const records = new Map(rows.map(({ kind, id }) => [`${kind.name}/${id}`, { kind, id }]))
    const entries = Array.from(records.values(), ({ kind, id }) => entryOf(repo, database, kind, id, now))
    const newest = entries.sort((one, other) => cameAt(one) - cameAt(other)).slice(-limit)
    const reachedBack = rows.at(-1)?.cameAt ?? 0
    const isWhole = rows.length < reach || (newest.length === limit && cameAt(newest[0] as Entry) >= reachedBack)
    if (isWhole) return { count, entries: newest }
  }
}

interface NewFile {
  readonly kind: Kind
  readonly id: string
  readonly cameAt: number
}

/** The files that came last to some directories, the newest first. Each is asked by itself: its rows stand in this order. */
function newestFiles(database: IndexDatabase, places: readonly Place[], limit: number): NewFile[] {
  const files = places.flatMap(({ kind, directory }) =>
    database
      .all<{ record_id: string; came_at: number }>(
        `SELECT record_id, came_at FROM files WHERE directory = (SELECT id FROM directories WHERE path = ?)
          AND came_at IS NOT NULL ORDER BY came_at DESC LIMIT ?`,
        directory,
        limit,
      )
      .map((row) => ({ kind, id: row.record_id, cameAt: row.came_at })),
  )
  return files.sort((one, other) => other.cameAt - one.cameAt).slice(0, limit)
}

function entryOf(repo: Repo, database: IndexDatabase, kind: Kind, recordId: string, now: number): Entry {
  const copies = placesOf(kind).flatMap((place) =>
    readCopies(repo, database, place, { of: 'records', recordIds: [recordId] }),
  )
  return entriesOf(kind, copies, now)[0] as Entry
}

/** A pulled record is one file; of a local one there may be several, and a pulled one beside it. */
function countRecords(database: IndexDatabase, kind: Kind): number {
  const [local, remote] = placesOf(kind).map(({ directory }) => directory) as [string, string]
  const ofDirectory = 'directory = (SELECT id FROM directories WHERE path = ?)'
  const pulled = database.get<{ count: number }>(
    `SELECT (SELECT count(*) FROM files WHERE ${ofDirectory})
      - (SELECT count(*) FROM files WHERE ${ofDirectory} AND fault IS NOT NULL) AS count`,
    remote,
    remote,
  )
  const own = database.get<{ count: number }>(
    `SELECT count(DISTINCT record_id) AS count FROM files WHERE ${ofDirectory} AND NOT EXISTS (
      SELECT 1 FROM files AS pulled WHERE pulled.record_id = files.record_id AND +pulled.${ofDirectory})`,
    local,
    remote,
  )
  return (pulled?.count ?? 0) + (own?.count ?? 0)
}
