import { bootId } from '../../files/boot-id.js'
import { loadSqlite, type SqliteOpener } from '../../files/load-sqlite.js'
import type { Repo } from '../repo.js'
import { IndexDatabase } from './index-database.js'
import { IndexDamaged, judgeIndexFault } from './index-fault.js'
import { LAYOUT, LAYOUT_VERSION } from './layout.js'

/** An open index. */
export interface IndexFile {
  /** In `.sync/`. */
  readonly name: string
  readonly inode: number
  readonly database: IndexDatabase
}

/** How long a lock of another process is waited for. */
export const BUSY_MILLISECONDS = 2000

const NAME = /^index\.(\d{1,9})\.db$/

let opener: SqliteOpener | null | undefined

/**
 * Opens the index of a store: the one with the highest number; in a store that users share, of this user's. `null`: there is
 * none, or none that can be used.
 *
 * @param mayCreate makes one where there is none
 * @throws what SQLite and the file system throw
 */
export function openIndexFile(repo: Repo, mayCreate: boolean): IndexFile | null {
  const number = Math.max(0, ...numbers(repo).filter((one) => !repo.isShared || isOwn(repo, nameOf(one))))
  if (number > 0) return open(repo, nameOf(number))
  if (!mayCreate) return null
  const name = nameAfter(repo, 0)
  create(repo, name)
  return open(repo, name)
}

/**
 * Leaves a damaged index behind and begins the next one, whose name it returns. Whoever has the old one open does not touch
 * the new one's files.
 */
export function replaceIndexFile(repo: Repo, name: string): string {
  const next = nameAfter(repo, Number(NAME.exec(name)?.[1]))
  create(repo, next)
  for (const suffix of ['', '-journal']) repo.sync.remove(name + suffix)
  return next
}

function numbers(repo: Repo): readonly number[] {
  return [...repo.sync.names()].flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
}

function nameOf(number: number): string {
  return `index.${number}.db`
}

/** The next that is no other user's: of processes of one user that need it at once all mean the same. */
function nameAfter(repo: Repo, number: number): string {
  const name = nameOf(number + 1)
  return repo.sync.stat(name) === null || isOwn(repo, name) ? name : nameAfter(repo, number + 1)
}

/** What another user wrote is that user's word on what this one's files say. */
function isOwn(repo: Repo, name: string): boolean {
  const stats = repo.sync.stat(name)
  return stats?.isFile() === true && stats.uid === (process.getuid?.() ?? stats.uid)
}

/** Made before SQLite sees it, which gives the mode of this file to those it puts beside it. */
function create(repo: Repo, name: string): void {
  repo.sync.create(name, '')
}

function open(repo: Repo, name: string, isFresh = false): IndexFile | null {
  const stats = repo.sync.stat(name)
  if (stats === null || !isOwn(repo, name)) return null
  if (opener === undefined) opener = openerOrNull()
  if (opener === null) return null
  const file = { name, inode: stats.ino, database: new IndexDatabase(opener(repo.sync.pathOf(name))) }
  try {
    prepare(repo, file.database)
    return file
  } catch (error) {
    file.database.close()
    if (isFresh || judgeIndexFault(error) !== 'damaged') throw error
    return open(repo, replaceIndexFile(repo, name), true)
  }
}

function openerOrNull(): SqliteOpener | null {
  try {
    return loadSqlite()
  } catch {
    return null // Node 20 without the drop-in: the files are read.
  }
}

function prepare(repo: Repo, database: IndexDatabase): void {
  const boot = bootId() ?? ''
  // What is lost when the machine stops is asked again, see `boot`; where no boot is told, the disk is waited for. No
  // write-ahead log: it maps a file into memory, and a process dies when somebody cuts that one short.
  database.exec(`
    PRAGMA busy_timeout = ${BUSY_MILLISECONDS};
    PRAGMA journal_mode = TRUNCATE;
    PRAGMA cache_size = -32768;
    PRAGMA synchronous = ${boot === '' ? 'NORMAL' : 'OFF'};
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `)
  const place = String(repo.coordination.stat()?.ino)
  if (versionOf(database) !== LAYOUT_VERSION) build(database, place, boot)
  const meta = new Map(
    database
      .all<{ name: string; value: unknown }>('SELECT name, value FROM meta')
      .map(({ name, value }) => [name, value]),
  )
  // Made elsewhere and copied here, or before the machine last started.
  if (meta.get('boot') !== boot || meta.get('place') !== place) throw new IndexDamaged('is of another place or time')
}

function build(database: IndexDatabase, place: string, boot: string): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been faster.
    if (versionOf(database) !== LAYOUT_VERSION) {
      for (const { name } of database.all<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)) {
        database.exec(`DROP TABLE "${name.replaceAll('"', '""')}"`)
      }
      database.exec(LAYOUT)
      database.run(`INSERT INTO meta VALUES ('boot', ?), ('place', ?), ('looked_at', '0')`, boot, place)
      database.exec(`PRAGMA user_version = ${LAYOUT_VERSION}`)
    }
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function versionOf(database: IndexDatabase): unknown {
  return database.get<{ user_version: unknown }>('PRAGMA user_version')?.user_version
}
