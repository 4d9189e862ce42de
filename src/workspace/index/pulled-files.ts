import type { KindRegistry } from '../../kinds/registry.js'
import type { Repo } from '../repo.js'
import { FileChanges, type Place, placesOf } from './file-table.js'
import { type Judge, rejudge } from './rejudge.js'
import { look } from './scan.js'
import { StoreIndex } from './store-index.js'
import { directoryRows, statDirectory } from './up-to-date.js'

/** By kind, names of files in its directory under `remote/`. */
export type PulledNames = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Writes pulled files and tells the index which, so that nobody has to list their directories for it. Called by a pull
 * while no other one writes. What the index does not know to be as it was before is left to the next scan.
 */
export function writePulled(repo: Repo, registry: KindRegistry, judge: Judge, write: () => PulledNames): void {
  const index = StoreIndex.of(repo)
  const remote = registry.all.map((kind) => placesOf(kind)[1])
  const known = index.read((database) => {
    const rows = directoryRows(database)
    return remote.flatMap((place) => {
      const row = rows.get(place.directory)
      const isAsKnown = row?.signature != null && row.signature === statDirectory(repo, place)?.signature
      return isAsKnown ? [{ place, id: row.id }] : []
    })
  })
  const names = write()
  const told = (known ?? []).filter(({ place }) => names.has(place.kind.name))
  if (told.length > 0)
    index.change((database) => {
      const changes = new FileChanges(database)
      for (const { place, id } of told) {
        tell(repo, place, id, names.get(place.kind.name) ?? new Set(), changes)
        // However young it is: nobody else writes here.
        const signature = statDirectory(repo, place)?.signature ?? null
        database.run('UPDATE directories SET signature = ? WHERE id = ?', signature, id)
      }
      changes.finish()
      rejudge(repo, database, registry, changes, judge)
    })
}

function tell(repo: Repo, place: Place, directory: number, names: ReadonlySet<string>, changes: FileChanges): void {
  for (const name of names) look(repo, place, directory, { name, isKnown: true }, Number.POSITIVE_INFINITY, changes)
}
