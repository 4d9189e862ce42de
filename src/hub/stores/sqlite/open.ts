import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { coordError, problemOf } from '../../../base/errors.js'
import { loadSqlite, type SqliteDatabase } from '../../../files/load-sqlite.js'
import { asStoreFault, isSqliteBusy } from './fault.js'
import { migrateSqlite } from './schema.js'

/** How long other processes that open the same file at this moment are waited for. */
const OPEN_MILLISECONDS = 15_000

/** How long SQLite itself waits for the lock of another process, and this process with it. */
export const BUSY_MILLISECONDS = 100

/** Of the keys of half a million records; less where this process may have little. */
const CACHE_KIBIBYTES = Math.min(64 * 1024, Math.floor(getHeapStatistics().heap_size_limit / 8 / 1024))

const SETTINGS = `
  PRAGMA busy_timeout = ${BUSY_MILLISECONDS};
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cache_size = -${CACHE_KIBIBYTES};
  PRAGMA wal_autocheckpoint = 4000;       -- 16 MiB: pages of the index change in many pushes, and are copied once
  PRAGMA journal_size_limit = 67108864;
`

/**
 * Opens the database file of a store, made with its directory where there is none, readable by this user alone.
 */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  const openFile = loadSqlite()
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeToOthers(path)
  } catch (thrown) {
    throw failed(path, problemOf(thrown), thrown)
  }
  const patience = performance.now() + OPEN_MILLISECONDS
  for (;;) {
    try {
      return prepare(openFile, path)
    } catch (thrown) {
      if (!isSqliteBusy(thrown) || performance.now() > patience) throw asStoreFault(thrown, path)
    }
    await sleep(5 + 20 * Math.random())
  }
}

/**
 * Before SQLite sees the file, for it gives its mode to those that it puts beside it. One that is there is never opened here: by the
 * close all locks would go that this process has on it, and whoever leaves the file next would remove the log of those who stay.
 */
function closeToOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === false) throw new Error('it is no regular file')
  if (found === undefined) closeSync(openSync(path, 'a', 0o600))
  else chmodSync(path, 0o600)
}

function prepare(openFile: (path: string) => SqliteDatabase, path: string): SqliteDatabase {
  const database = openFile(path)
  try {
    database.exec(SETTINGS)
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
    if (mode !== 'wal') throw failed(path, `its file system cannot do write-ahead logging (journal mode ${mode})`)
    migrateSqlite(database, path)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function failed(path: string, fault: string, cause?: unknown): Error {
  const error = coordError('STORE_FAILED', path, fault)
  error.cause = cause
  return error
}
