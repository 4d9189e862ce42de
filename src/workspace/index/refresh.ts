import type { KindRegistry } from '../../kinds/registry.js'
import type { Repo } from '../repo.js'
import { FileChanges, placesOf } from './file-table.js'
import { judgeIndexFault } from './index-fault.js'
import { rejudge } from './rejudge.js'
import { isUpToDate, scan, type Thoroughness } from './scan.js'
import { StoreIndex } from './store-index.js'

/** Brings the index of a store up to date with its files; `null`: it cannot be asked, and the files have to be read. */
export function refreshIndex(repo: Repo, registry: KindRegistry, thoroughness: Thoroughness): StoreIndex | null {
  const index = StoreIndex.of(repo)
  const places = registry.all.flatMap(placesOf)
  const isFresh = index.read((database) => isUpToDate(repo, database, places, thoroughness))
  if (isFresh === true) return index
  // A store that holds nothing yet gets no index either.
  if (isFresh === undefined && isEmpty(repo, places, thoroughness)) return null
  const isDone = index.change((database) => {
    const changes = new FileChanges(database)
    scan(repo, database, places, thoroughness, changes)
    changes.finish()
    rejudge(repo, database, registry, changes, thoroughness.now)
    return true
  })
  return isDone === undefined ? null : index
}

function isEmpty(repo: Repo, places: Parameters<typeof isUpToDate>[2], thoroughness: Thoroughness): boolean {
  try {
    return isUpToDate(repo, null, places, thoroughness)
  } catch (error) {
    if (judgeIndexFault(error) === 'passing') return true
    throw error
  }
}
