import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KindRegistry } from '../../kinds/registry.js'
import type { Repo } from '../repo.js'
import { FileChanges, type Place, placesOf } from './file-table.js'
import type { IndexDatabase } from './index-database.js'
import { type Judge, rejudge } from './rejudge.js'
import { directoryFor, look, type StaleFile, staleFiles } from './scan.js'
import { StoreIndex } from './store-index.js'
import { directoryRows } from './up-to-date.js'

/** What one turn reads: some hundredths of a second of small records, and as much of those that mention thousands. */
const TURN_FILES = 500
const TURN_BYTES = 512 * 1024

/**
 * Reads files that the index of a store does not know, some in each turn of the event loop, so that an interrupt is heard
 * between. It settles nothing: what it has read the next look need not read at once, and asks after as after all else.
 *
 * @param signal ends it; what was read by then stays
 * @returns in how many turns
 */
export async function readAhead(
  repo: Repo,
  registry: KindRegistry,
  judge: Judge,
  signal: AbortSignal,
): Promise<number> {
  const index = StoreIndex.of(repo)
  const places = registry.all.flatMap(placesOf)
  const find = (database: IndexDatabase) => staleFiles(repo, database, places)
  const stale = index.read(find) ?? index.change(find) ?? []
  let turns = 0
  // What fits into one turn the next look reads as well.
  if (upTo(stale, 0) === stale.length) return turns
  for (let from = 0; from < stale.length && !signal.aborted; turns++) {
    const to = upTo(stale, from)
    const isRead = index.change((database) => readSome(repo, database, registry, stale.slice(from, to), judge))
    if (isRead === undefined) break
    from = to
    await nextTurn()
  }
  return turns
}

/** Behind the last file that the turn reads which begins with one. */
function upTo(files: readonly StaleFile[], from: number): number {
  let to = from
  for (let bytes = 0; to < files.length && to < from + TURN_FILES && bytes < TURN_BYTES; to++) {
    bytes += (files[to] as StaleFile).bytes
  }
  return to
}

function readSome(
  repo: Repo,
  database: IndexDatabase,
  registry: KindRegistry,
  files: readonly StaleFile[],
  judge: Judge,
): true {
  const scanTime = repo.sync.touch('scan-time')
  const changes = new FileChanges(database)
  const rows = directoryRows(database)
  const ids = new Map<Place, number>()
  for (const { place, name } of files) {
    const id = ids.get(place) ?? directoryFor(database, place, rows.get(place.directory), changes).id
    ids.set(place, id)
    look(repo, place, id, { name, isKnown: true }, scanTime, changes)
  }
  changes.finish()
  rejudge(repo, database, registry, changes, judge)
  return true
}
