import type { Kind } from '../../kinds/kind.js'
import type { KindRegistry } from '../../kinds/registry.js'
import type { Repo } from '../repo.js'
import { FileChanges, type Place, placesOf } from './file-table.js'
import { fingerprintOf } from './fingerprint.js'
import type { IndexDatabase } from './index-database.js'
import { isAnothersView } from './noted-viewer.js'
import { refreshIndex } from './refresh.js'
import { type Judge, rejudge } from './rejudge.js'
import { directoryFor, isAsKnown, look } from './scan.js'
import { StoreIndex } from './store-index.js'
import { directoryRows, type FileRow } from './up-to-date.js'

/**
 * Brings the index up to date with the files of some records of a kind that were looked at a moment ago: those that held them
 * then, and those that bear their names. It costs these records, and settles nothing for the next look at all of them.
 *
 * @returns `null`: it cannot be asked, and the files have to be read
 */
export function lookAgain(
  repo: Repo,
  registry: KindRegistry,
  kind: Kind,
  recordIds: readonly string[],
  judge: Judge,
): StoreIndex | null {
  const index = StoreIndex.of(repo)
  const lookAtAll = () => refreshIndex(repo, registry, { ...judge, everyFile: false })
  const areAsKnown = (database: IndexDatabase) => {
    const files = filesOf(repo, database, kind, recordIds)
    if (files === null || isAnothersView(database, judge.viewer)) return null
    return files.every(({ place, row }) => isAsKnown(repo, place, row))
  }
  const found = index.read(areAsKnown)
  if (found === undefined || found === null) return lookAtAll()
  if (found) return index
  let isWhole = true
  const isDone = index.changeUnless(
    (database) => areAsKnown(database) === true,
    (database) => {
      // Read here: what another process has remembered meanwhile is newer.
      const files = filesOf(repo, database, kind, recordIds)
      isWhole = files !== null && !isAnothersView(database, judge.viewer)
      if (files === null || !isWhole) return
      const scanTime = repo.sync.touch('scan-time')
      const changes = new FileChanges(database)
      for (const { place, directory, row } of files) {
        const id = directory ?? directoryFor(database, place, directoryRows(database).get(place.directory), changes).id
        look(repo, place, id, row, scanTime, changes)
      }
      changes.finish()
      rejudge(repo, database, registry, changes, judge)
    },
  )
  return isDone && isWhole ? index : lookAtAll()
}

interface AskedFile {
  readonly place: Place
  /** The number of its directory's row; `null`: it came since the last look. */
  readonly directory: number | null
  readonly row: FileRow
}

/** `null`: a directory of the kind is not known as it is. */
function filesOf(
  repo: Repo,
  database: IndexDatabase,
  kind: Kind,
  recordIds: readonly string[],
): readonly AskedFile[] | null {
  const rows = directoryRows(database)
  const names = recordIds.map((id) => `${id}.json`)
  const files: AskedFile[] = []
  for (const place of placesOf(kind)) {
    const directory = rows.get(place.directory)
    const isThere = (name: string) => repo.coordination.stat(`${place.directory}/${name}`) !== null
    if (directory === undefined) {
      // Where nothing was ever looked at, any file may hold one of them.
      if (rows.size === 0 && repo.coordination.stat(place.directory) !== null) return null
      files.push(...names.filter(isThere).map((name) => ({ place, directory: null, row: unknown(name) })))
      continue
    }
    if (directory.fingerprint !== fingerprintOf(kind)) return null
    // The plus keeps SQLite from going through the whole directory.
    const known = database.all<FileRow>(
      `SELECT name, signature, fault, 1 AS isKnown FROM files WHERE +directory = ? AND record_id IN (SELECT value FROM json_each(?))
        UNION SELECT name, signature, fault, 1 FROM files WHERE directory = ? AND name IN (SELECT value FROM json_each(?))`,
      directory.id,
      JSON.stringify(recordIds),
      directory.id,
      JSON.stringify(names),
    )
    const others = names
      .filter((name) => !known.some((row) => row.name === name))
      .filter(isThere)
      .map(unknown)
    files.push(...[...known, ...others].map((row) => ({ place, directory: directory.id, row })))
  }
  return files
}

function unknown(name: string): FileRow {
  return { name, signature: null, fault: null, isKnown: false }
}
