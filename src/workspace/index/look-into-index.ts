import type { Repo } from '../repo.js'
import type { Viewer } from '../viewer.js'
import { type HoldingFile, holdingFiles } from './hold-paths.js'
import type { IndexDatabase } from './index-database.js'
import { type NotedKinds, notedKinds } from './noted-kinds.js'
import { notedPlace } from './noted-place.js'
import { isAnothersView } from './noted-viewer.js'
import { StoreIndex } from './store-index.js'
import { isUpToDate, signatureNow } from './up-to-date.js'

/** What an index tells by itself. */
export interface IndexedHolds {
  /** Names of the kinds that it knows. */
  readonly kinds: readonly string[]
  /** The id of the place that the working tree is, see `placeOf`; `null`: nobody has noted it. */
  readonly place: string | null
  /** What may hold something at, above or below the paths that were asked about: nothing else does. */
  readonly holding: readonly HoldingFile[]
}

/**
 * Looks into the index of a store without loading a kind, which takes as long as all the rest of a start. `null`: it cannot tell,
 * because files have changed since or could not be read, another release or another side has judged them, or there is no index.
 *
 * @param paths see `Kind.mayHold`
 * @param now milliseconds since 1970, by the clock of the store's hub
 */
export function lookIntoIndex(repo: Repo, paths: readonly string[], now: number, viewer: Viewer): IndexedHolds | null {
  const found = StoreIndex.of(repo).read((database) => {
    const kinds = notedKinds(database)
    if (kinds === null || !isWhole(repo, database, kinds, now) || isAnothersView(database, viewer)) return null
    return { kinds: kinds.names, place: notedPlace(repo, database), holding: holdingFiles(database, paths, now) }
  })
  return found ?? null
}

function isWhole(repo: Repo, database: IndexDatabase, { places }: NotedKinds, now: number): boolean {
  // Files that hold no record, or that are too young to be trusted, are judged by who reads them.
  if (database.get('SELECT 1 FROM files WHERE fault IS NOT NULL LIMIT 1') !== undefined) return false
  return isUpToDate(
    repo,
    database,
    places,
    { now, everyFile: false },
    (_, place, file) => file.signature !== null && signatureNow(repo, place, file.name) === file.signature,
  )
}
