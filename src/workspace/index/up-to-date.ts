import type { Copy } from '../entry.js'
import { type IgnoredFile, recordNames, signatureOf } from '../record-files.js'
import type { Repo } from '../repo.js'
import type { Viewer } from '../viewer.js'
import type { IndexDatabase } from './index-database.js'
import { NotIndexable } from './index-fault.js'
import { lapsesSinceLastLook, lastLook, wereKeptAskedWithin } from './last-look.js'
import { NEVER } from './layout.js'

/** How closely a store is looked at. */
export interface LookOptions {
  /** Milliseconds since 1970: what is kept then is asked after file by file. */
  readonly now: number
  /** Asks after every local file, kept or not. */
  readonly everyFile: boolean
  /**
   * Milliseconds: where all local files that are kept were asked after no longer ago, only those are that came or went since. What
   * another program rewrites or replaces within that time is missed. Left out: none are passed over.
   */
  readonly slack?: number
  /** When this process asked after all of them last: milliseconds since 1970. A look that finds nothing new notes nothing. */
  readonly askedAt?: number | undefined
}

export interface ScanOptions extends LookOptions {
  /** Whose the store's own records are. */
  readonly viewer: Viewer
}

/** A directory of record files, as far as one has to know it to tell whether it has changed. */
export interface LookedAt {
  readonly origin: Copy['origin']
  /** Under `.muse/coordination/`. */
  readonly directory: string
  /** Of its kind: see `fingerprintOf`. */
  readonly fingerprint: string
}

export interface DirectoryRow {
  readonly id: number
  readonly path: string
  readonly fingerprint: string
  readonly signature: string | null
}

/** Times are milliseconds since 1970, by the file system's clock. */
interface DirectoryLook {
  readonly signature: string
  /** When a name last came, went or was replaced. */
  readonly modifiedAt: number
  /** The same, and when the directory itself was moved. */
  readonly changedAt: number
}

export interface FileRow {
  readonly name: string
  readonly signature: string | null
  readonly fault: string | null
  /** Whether there is a row of it: a number, as SQLite has no other truth. */
  readonly isKnown: boolean | number
}

export interface SuspectRow extends FileRow {
  /** The number of its directory's row. */
  readonly directory: number
}

/**
 * Whether the index says of these directories what their files say. Reads no file that it knows, and writes nothing.
 *
 * @param database `null`: nothing is remembered
 * @param isAsKnown whether a file is what the index says of it
 */
export function isUpToDate<Looked extends LookedAt>(
  repo: Repo,
  database: IndexDatabase | null,
  places: readonly Looked[],
  options: LookOptions,
  isAsKnown: (repo: Repo, place: Looked, file: FileRow) => boolean,
): boolean {
  repo.coordination.in('remote').isThere() // Throws where a link lies.
  const rows = database === null ? new Map<string, DirectoryRow>() : directoryRows(database)
  const isRecent = database !== null && wereAsked(database, options)
  const areDirectoriesAsKnown = places.every((place) => {
    const row = rows.get(place.directory)
    const stats = statDirectory(repo, place)
    if (row === undefined || stats === null) return row === undefined && stats === null
    if (row.fingerprint !== place.fingerprint) return false
    if (row.signature === stats.signature) return true
    return isRecent && place.origin === 'local' && cameAndWent(repo, database, place, row).length === 0
  })
  if (!areDirectoriesAsKnown || database === null) return areDirectoriesAsKnown
  const known = new Map(
    places.flatMap((place): [number, Looked][] => {
      const row = rows.get(place.directory)
      return row === undefined ? [] : [[row.id, place]]
    }),
  )
  const idsOf = (origin: LookedAt['origin']) =>
    [...known].flatMap(([id, place]) => (place.origin === origin ? [id] : []))
  if (lapsesSinceLastLook(database, idsOf('local'), options.now)) return false
  // File by file only where it may come to nothing new: else they are all asked after in the scan.
  return (['local', 'remote'] as const).every((origin) =>
    suspects(database, origin, idsOf(origin), options).every((file) =>
      isAsKnown(repo, known.get(file.directory) as Looked, file),
    ),
  )
}

/** Whether all local files that are kept were asked after so lately that none of them need be. */
export function wereAsked(database: IndexDatabase, { slack = 0, now, askedAt }: LookOptions): boolean {
  return wereKeptAskedWithin(database, slack, now, askedAt)
}

/** What tells a directory from what it was; `null`: there is none. */
export function statDirectory(repo: Repo, { directory }: Pick<LookedAt, 'directory'>): DirectoryLook | null {
  const stats = repo.coordination.stat(directory)
  if (stats === null) return null
  if (!stats.isDirectory()) throw new NotIndexable(`${directory} is no directory`)
  return { signature: signatureOf(stats), modifiedAt: stats.mtimeMs, changedAt: stats.ctimeMs }
}

export function directoryRows(database: IndexDatabase): Map<string, DirectoryRow> {
  const rows = database.all<DirectoryRow>('SELECT id, path, fingerprint, signature FROM directories')
  return new Map(rows.map((row) => [row.path, row]))
}

/** Those files of directories that did not change their time which may have changed nevertheless. */
export function suspects(
  database: IndexDatabase,
  origin: LookedAt['origin'],
  directories: readonly number[],
  options: LookOptions,
): SuspectRow[] {
  const { now, everyFile } = options
  const among = JSON.stringify(directories)
  const select = `SELECT directory, name, signature, fault, 1 AS isKnown FROM files
    WHERE directory IN (SELECT value FROM json_each(?))`
  if (origin === 'remote') return database.all(`${select} AND signature IS NULL`, among)
  if (everyFile) return database.all(select, among)
  // What was over at the last look is not asked after; what ended since may have been rewritten while it stood.
  const since = Math.min(lastLook(database), now)
  const isRecent = wereAsked(database, options)
  const until = isRecent ? now : NEVER
  const kept = database.all<SuspectRow>(`${select} AND kept_until > ? AND kept_until <= ?`, among, since, until)
  // Too young to be trusted is also what was read within that time.
  if (isRecent) return kept
  const unsettled = `${select} AND signature IS NULL AND NOT (kept_until > ? AND kept_until <= ?)`
  return [...kept, ...database.all<SuspectRow>(unsettled, among, since, until)]
}

/** The local files among some records that are kept. */
export function keptOf(
  database: IndexDatabase,
  directory: number,
  recordIds: ReadonlySet<string>,
  { now }: LookOptions,
): FileRow[] {
  // The plus keeps SQLite from going through the whole directory.
  return database.all<FileRow>(
    `SELECT name, signature, fault, 1 AS isKnown FROM files
      WHERE record_id IN (SELECT value FROM json_each(?)) AND +directory = ? AND kept_until > ?`,
    JSON.stringify([...recordIds]),
    directory,
    Math.min(lastLook(database), now),
  )
}

/** The names that came to a directory and are not known, and those that are known and went. */
export function cameAndWent(
  repo: Repo,
  database: IndexDatabase,
  { directory }: Pick<LookedAt, 'directory'>,
  { id }: DirectoryRow,
): FileRow[] {
  // As one text: of thousands of names a few are new.
  const row = database.get<{ names: string }>(
    'SELECT json_group_array(name) AS names FROM files WHERE directory = ?',
    id,
  )
  const went = new Set<string>(row === undefined ? [] : JSON.parse(row.names))
  const files: FileRow[] = []
  for (const name of listedNames(repo, directory)) {
    if (!went.delete(name)) files.push({ name, signature: null, fault: null, isKnown: false })
  }
  return [...files, ...Array.from(went, (name) => ({ name, signature: null, fault: null, isKnown: true }))]
}

/** The names in a directory of record files. Throws where it cannot be listed. */
export function* listedNames(repo: Repo, directory: string): Generator<string> {
  const unlisted: IgnoredFile[] = []
  yield* recordNames(repo, directory, unlisted)
  if (unlisted.length > 0) throw new NotIndexable(`${directory} cannot be listed`)
}

export function signatureNow(repo: Repo, { directory }: Pick<LookedAt, 'directory'>, name: string): string | null {
  const stats = repo.coordination.stat(`${directory}/${name}`)
  return stats === null ? null : signatureOf(stats)
}
