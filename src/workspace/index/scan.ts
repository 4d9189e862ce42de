import { mayGitHaveBrought } from '../committed-files.js'
import { readCopy } from '../read-copy.js'
import { examineFile, type IgnoredFile, signatureOf } from '../record-files.js'
import type { Repo } from '../repo.js'
import type { FileChanges, FileReading, Place } from './file-table.js'
import { fingerprintOf } from './fingerprint.js'
import type { IndexDatabase } from './index-database.js'
import { NotIndexable } from './index-fault.js'
import {
  cameAndWent,
  type DirectoryRow,
  directoryRows,
  type FileRow,
  keptOf,
  listedNames,
  type ScanOptions,
  signatureNow,
  statDirectory,
  suspects,
  wereAsked,
} from './up-to-date.js'

/**
 * Looks at these directories and remembers what is new, changed or gone. Called inside a transaction, so that what one
 * process remembers is never older than what another one did before.
 *
 * @param asked the files that were asked after in this transaction; takes those that are
 */
export function scan(
  repo: Repo,
  database: IndexDatabase,
  places: readonly Place[],
  options: ScanOptions,
  changes: FileChanges,
  asked: Set<string>,
): void {
  const scanTime = repo.sync.touch('scan-time')
  const rows = directoryRows(database)
  const isRecent = wereAsked(database, options)
  for (const place of places) {
    const row = rows.get(place.directory)
    const stats = statDirectory(repo, place)
    if (stats === null) {
      if (row !== undefined) forgetDirectory(database, place, row, changes)
      continue
    }
    const known = directoryFor(database, place, row, changes)
    const isChanged = known.signature !== stats.signature
    const isListed = isChanged && !(isRecent && place.origin === 'local')
    const files = isListed
      ? listed(repo, database, place, known)
      : [
          ...suspects(database, place.origin, [known.id], options),
          ...(isChanged ? cameAndWent(repo, database, place, known) : []),
        ]
    for (const file of files) {
      asked.add(`${place.directory}/${file.name}`)
      if (file.signature === null || signatureNow(repo, place, file.name) !== file.signature) {
        look(repo, place, known.id, file, scanTime, changes)
      }
    }
    if (!isListed) continue
    // A directory that changed a moment ago may change again within the same tick of the clock, and nobody would see it.
    const signature = stats.changedAt < scanTime ? stats.signature : null
    database.run('UPDATE directories SET signature = ? WHERE id = ?', signature, known.id)
  }
}

/** A file that has to be read before the index knows it. */
export interface StaleFile {
  readonly place: Place
  readonly name: string
  readonly bytes: number
}

/** What would have to be read of directories that have changed. It may be less or more by the time that it is. */
export function staleFiles(repo: Repo, database: IndexDatabase, places: readonly Place[]): StaleFile[] {
  const rows = directoryRows(database)
  return places.flatMap((place) => {
    const stats = statDirectory(repo, place)
    const row = rows.get(place.directory)
    const isSame = row !== undefined && row.fingerprint === fingerprintOf(place.kind)
    if (stats === null || (isSame && row.signature === stats.signature)) return []
    const files = isSame ? listed(repo, database, place, row) : allListed(repo, place)
    return files.flatMap(({ name, signature }) => {
      const found = repo.coordination.stat(`${place.directory}/${name}`)
      if (found === null || (signature !== null && signature === signatureOf(found))) return []
      return [{ place, name, bytes: found.size }]
    })
  })
}

/** The row of a directory, made where there is none of its kind as that is now. */
export function directoryFor(
  database: IndexDatabase,
  place: Place,
  row: DirectoryRow | undefined,
  changes: FileChanges,
): DirectoryRow {
  const isOther = row !== undefined && row.fingerprint !== fingerprintOf(place.kind)
  if (isOther) forgetDirectory(database, place, row, changes)
  return row === undefined || isOther ? addDirectory(database, place) : row
}

/**
 * Asks after the local files that stand, as far as nobody has in this transaction.
 *
 * @param among the ids of the records that may have come back since
 */
export function scanKept(
  repo: Repo,
  database: IndexDatabase,
  places: readonly Place[],
  among: ReadonlySet<string> | 'all',
  options: ScanOptions,
  changes: FileChanges,
  asked: Set<string>,
): void {
  const scanTime = repo.sync.touch('scan-time')
  const rows = directoryRows(database)
  for (const place of places) {
    const row = rows.get(place.directory)
    if (row === undefined || place.origin !== 'local') continue
    const kept =
      among === 'all' ? suspects(database, place.origin, [row.id], options) : keptOf(database, row.id, among, options)
    for (const file of kept) {
      const name = `${place.directory}/${file.name}`
      if (asked.has(name) || file.signature === null) continue
      asked.add(name)
      if (signatureNow(repo, place, file.name) === file.signature) continue
      look(repo, place, row.id, file, scanTime, changes)
    }
  }
}

/** Reads one file and remembers what it holds, or that it is gone. */
export function look(
  repo: Repo,
  place: Place,
  directory: number,
  { name, isKnown }: Pick<FileRow, 'name' | 'isKnown'>,
  scanTime: number,
  changes: FileChanges,
): void {
  const reading = readFile(repo, place, name, scanTime)
  if (reading !== null) changes.put(place, directory, reading, isKnown)
  else if (isKnown) changes.remove(place.kind, directory, name)
}

/** All names of a directory that has changed, and those that were known and are there no more. */
function listed(repo: Repo, database: IndexDatabase, place: Place, { id }: DirectoryRow): FileRow[] {
  const known = new Map(
    database
      .all<FileRow>('SELECT name, signature FROM files WHERE directory = ?', id)
      .map(({ name, signature }) => [name, signature]),
  )
  return allListed(repo, place, known)
}

/** @param known signatures by name; takes those out that are there */
function allListed(repo: Repo, { directory }: Place, known = new Map<string, string | null>()): FileRow[] {
  const files: FileRow[] = []
  for (const name of listedNames(repo, directory)) {
    files.push({ name, signature: known.get(name) ?? null, fault: null, isKnown: known.has(name) })
    known.delete(name)
  }
  return [...files, ...Array.from(known.keys(), (name) => ({ name, signature: null, fault: null, isKnown: true }))]
}

/** One that holds no record for a reason that may pass is read again, and known when the reason is the same. */
export function isAsKnown(repo: Repo, place: Place, { name, signature, fault }: FileRow): boolean {
  if (signature !== null) return signatureNow(repo, place, name) === signature
  return fault !== null && readFile(repo, place, name, Number.NEGATIVE_INFINITY)?.fault === fault
}

/** `null`: there is no such file. Throws for what could not be read: an index without it would say that there is nothing. */
function readFile(repo: Repo, { kind, origin, directory }: Place, name: string, scanTime: number): FileReading | null {
  const ignored: IgnoredFile[] = []
  const file = examineFile(repo, directory, name, ignored)
  if (file === null) {
    const [left] = ignored
    if (left?.isUnread) throw new NotIndexable(`${directory}/${name} ${left.reason}`)
    return left === undefined ? null : { name, signature: null, copy: null, fault: left.reason }
  }
  const reading = readCopy(repo, kind, origin, file)
  if ('copy' in reading) {
    // Whether git has written it is told once git is done.
    const isSettled = file.changedAt < scanTime && !mayGitHaveBrought(repo, file)
    return { name, signature: isSettled ? file.signature : null, copy: reading.copy, fault: null }
  }
  if (reading.reason === 'is missing') return null
  if (reading.isUnread) throw new NotIndexable(`${directory}/${name} ${reading.reason}`)
  return { name, signature: file.changedAt < scanTime ? file.signature : null, copy: null, fault: reading.reason }
}

export function addDirectory(database: IndexDatabase, { kind, directory }: Place): DirectoryRow {
  return database.get<DirectoryRow>(
    'INSERT INTO directories (path, fingerprint) VALUES (?, ?) RETURNING id, path, fingerprint, signature',
    directory,
    fingerprintOf(kind),
  ) as DirectoryRow
}

function forgetDirectory(database: IndexDatabase, place: Place, { id }: DirectoryRow, changes: FileChanges): void {
  for (const { name } of database.all<FileRow>('SELECT name FROM files WHERE directory = ?', id)) {
    changes.remove(place.kind, id, name)
  }
  database.run('DELETE FROM directories WHERE id = ?', id)
}
