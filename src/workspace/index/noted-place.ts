import { placeOf } from '../place.js'
import type { Repo } from '../repo.js'
import type { IndexDatabase } from './index-database.js'
import { StoreIndex } from './store-index.js'

/** The id of the place that a working tree is, see `placeOf`, as somebody has noted it since the machine started; `null`: nobody has. */
export function notedPlace({ tree }: Repo, database: IndexDatabase): string | null {
  const row = database.get<{ value: unknown }>('SELECT value FROM meta WHERE name = ?', nameOf(tree))
  return typeof row?.value === 'string' ? row.value : null
}

/** Notes it, so that whoever asks next needs no hash: to load that takes as long as a look at the store. */
export function notePlace(repo: Repo): void {
  const { id } = placeOf(repo)
  const index = StoreIndex.of(repo)
  if (index.read((database) => notedPlace(repo, database)) === id) return
  index.change((database) => database.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', nameOf(repo.tree), id))
}

function nameOf(tree: string): string {
  return `place ${tree}`
}
