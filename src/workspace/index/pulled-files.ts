import type { Stats } from 'node:fs'
import type { KindRegistry } from '../../kinds/registry.js'
import type { StoredRecord } from '../../record/record.js'
import { pulledCopy } from '../entry.js'
import { signatureOf } from '../record-files.js'
import type { Repo } from '../repo.js'
import { FileChanges, type Place, placesOf } from './file-table.js'
import { type Judge, rejudge } from './rejudge.js'
import { addDirectory, look } from './scan.js'
import { StoreIndex } from './store-index.js'
import { directoryRows, statDirectory } from './up-to-date.js'

/** A file that holds a record, as whoever has just written it knows. */
export interface PulledFile {
  readonly record: StoredRecord
  /** See `signatureOf`: of the file once it was in its place. */
  readonly signature: string
  /** Milliseconds since 1970, by the file system's clock. */
  readonly modifiedAt: number
}

/** By kind, the files of its directory under `remote/` that were written or removed, by name. `null`: what it is now has to be read. */
export type PulledFiles = ReadonlyMap<string, ReadonlyMap<string, PulledFile | null>>

/** By kind, a directory under `remote/` that was filled aside and put in place, with nothing in it but these files. */
export type PulledDirectories = ReadonlyMap<string, PulledDirectory>

export interface PulledDirectory {
  /** When a name last came or went in it before it was put in place: milliseconds since 1970, by the file system's clock. */
  readonly modifiedAt: number
  readonly files: ReadonlyMap<string, PulledFile>
}

export function pulledFile(record: StoredRecord, stats: Stats): PulledFile {
  return { record, signature: signatureOf(stats), modifiedAt: stats.mtimeMs }
}

/**
 * Writes pulled files and tells the index of them, so that nobody has to list their directories or read them for it. Called
 * by a pull while no other one writes. What the index does not know to be as it was before is left to the next scan.
 */
export function writePulled(repo: Repo, registry: KindRegistry, judge: Judge, write: () => PulledFiles): void {
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
  const written = write()
  const told = (known ?? []).filter(({ place }) => written.has(place.kind.name))
  if (told.length === 0) return
  index.change((database) => {
    const changes = new FileChanges(database)
    for (const { place, id } of told) {
      for (const [name, file] of written.get(place.kind.name) ?? []) tell(repo, place, id, name, file, changes)
      // However young it is: nobody else writes here.
      noteSignature(database, id, statDirectory(repo, place)?.signature ?? null)
    }
    changes.finish()
    rejudge(repo, database, registry, changes, judge)
  })
}

/**
 * Tells the index of directories that were put in place whole, while no other pull writes. One that it knows already, or to
 * which somebody has added a file meanwhile, is left to the next scan.
 */
export function notePulledDirectories(
  repo: Repo,
  registry: KindRegistry,
  judge: Judge,
  directories: PulledDirectories,
): void {
  if (directories.size === 0) return
  StoreIndex.of(repo).change((database) => {
    const changes = new FileChanges(database)
    const rows = directoryRows(database)
    for (const [, place] of registry.all.map(placesOf)) {
      const pulled = directories.get(place.kind.name)
      if (pulled === undefined || rows.has(place.directory)) continue
      const now = statDirectory(repo, place)
      if (now?.modifiedAt !== pulled.modifiedAt) continue
      const { id } = addDirectory(database, place)
      for (const [name, file] of pulled.files) changes.put(place, id, readingOf(repo, place, name, file), false)
      noteSignature(database, id, now.signature)
    }
    changes.finish()
    rejudge(repo, database, registry, changes, judge)
  })
}

function tell(
  repo: Repo,
  place: Place,
  directory: number,
  name: string,
  file: PulledFile | null,
  changes: FileChanges,
): void {
  if (file === null) look(repo, place, directory, { name, isKnown: true }, Number.POSITIVE_INFINITY, changes)
  else changes.put(place, directory, readingOf(repo, place, name, file), true)
}

function readingOf(repo: Repo, { directory }: Place, name: string, { record, signature, modifiedAt }: PulledFile) {
  const path = `${repo.coordinationDirectory}/${directory}/${name}`
  return { name, signature, copy: pulledCopy(record, { path, modifiedAt }), fault: null }
}

function noteSignature(database: Parameters<typeof directoryRows>[0], id: number, signature: string | null): void {
  database.run('UPDATE directories SET signature = ? WHERE id = ?', signature, id)
}
