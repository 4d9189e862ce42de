import fs from 'node:fs'
import { join } from 'node:path'
import { assertNoLinks } from '../../files/assert-no-links.js'
import { loadSqlite, type SqliteOpener } from '../../files/load-sqlite.js'
import type { Repo } from '../repo.js'
import { IndexDatabase } from './index-database.js'
import { IndexDamaged, judgeIndexFault } from './index-fault.js'
import { LAYOUT, LAYOUT_VERSION } from './layout.js'

/** An open index. */
export interface IndexFile {
  readonly path: string
  readonly inode: number
  readonly database: IndexDatabase
}

const NAME = /^index\.(\d{1,9})\.db$/
const BOOT = '/proc/sys/kernel/random/boot_id'

let opener: SqliteOpener | null | undefined

/**
 * Opens the index of a store: the one with the highest number. `null`: there is none, or none that can be used.
 *
 * @param mayCreate makes one where there is none
 * @throws what SQLite and the file system throw
 */
export function openIndexFile(repo: Repo, mayCreate: boolean): IndexFile | null {
  const directory = join(repo.coordinationDirectory, '.sync')
  assertNoLinks(repo.root, directory)
  const number = highestNumber(directory)
  if (number === 0 && !mayCreate) return null
  const path = join(directory, `index.${number || 1}.db`)
  if (number === 0) {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
    create(path)
  }
  return open(repo, path)
}

/**
 * Leaves a damaged index behind and begins the next one, whose path it returns. Whoever has the old one open does not touch
 * the new one's files.
 */
export function replaceIndexFile(repo: Repo, path: string): string {
  const directory = join(repo.coordinationDirectory, '.sync')
  const number = Number(NAME.exec(path.slice(directory.length + 1))?.[1])
  const next = join(directory, `index.${number + 1}.db`)
  create(next)
  for (const suffix of ['', '-journal']) fs.rmSync(path + suffix, { force: true })
  return next
}

function highestNumber(directory: string): number {
  let names: string[]
  try {
    names = fs.readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
  return names.reduce((highest, name) => Math.max(highest, Number(NAME.exec(name)?.[1] ?? 0)), 0)
}

/** Made before SQLite sees it, which gives the mode of this file to those it puts beside it. */
function create(path: string): void {
  try {
    fs.closeSync(fs.openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function open(repo: Repo, path: string, isFresh = false): IndexFile | null {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false })
  // What another user wrote is that user's word on what this one's files say.
  if (!stats?.isFile() || stats.uid !== (process.getuid?.() ?? stats.uid)) return null
  if (opener === undefined) opener = openerOrNull()
  if (opener === null) return null
  const file = { path, inode: stats.ino, database: new IndexDatabase(opener(path)) }
  try {
    prepare(repo, file.database)
    return file
  } catch (error) {
    file.database.close()
    if (isFresh || judgeIndexFault(error) !== 'damaged') throw error
    return open(repo, replaceIndexFile(repo, path), true)
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
  const boot = bootOf()
  // What is lost when the machine stops is asked again, see `boot`; where no boot is told, the disk is waited for. No
  // write-ahead log: it maps a file into memory, and a process dies when somebody cuts that one short.
  database.exec(`
    PRAGMA busy_timeout = 2000;
    PRAGMA journal_mode = TRUNCATE;
    PRAGMA cache_size = -32768;
    PRAGMA synchronous = ${boot === '' ? 'NORMAL' : 'OFF'};
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `)
  const place = String(fs.lstatSync(repo.coordinationDirectory).ino)
  if (versionOf(database) !== LAYOUT_VERSION) build(database, place, boot)
  const meta = database.all<{ value: unknown }>(`SELECT value FROM meta ORDER BY name`)
  // Made elsewhere and copied here, or before the machine last started.
  if (meta[0]?.value !== boot || meta[1]?.value !== place) throw new IndexDamaged('is of another place or time')
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
      database.run(`INSERT INTO meta VALUES ('boot', ?), ('place', ?)`, boot, place)
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

/** Unlike that of any other start of the machine; `''` where the system tells none. */
function bootOf(): string {
  try {
    return fs.readFileSync(BOOT, 'latin1').trim()
  } catch {
    return ''
  }
}
