import { createRequire } from 'node:module'
import { coordError } from '../base/errors.js'

/** What this program uses of the `node:sqlite` API. */
export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

export type SqliteValue = string | number | null

/** Opens a database file; `:memory:` and what else SQLite takes for a path. */
export type SqliteOpener = (path: string) => SqliteDatabase

type SqliteModule = { DatabaseSync: new (path: string) => SqliteDatabase }

/**
 * The SQLite of this Node (built in from 22.13), else the one of `@photostructure/sqlite`, which has the same API.
 *
 * @throws `SQLITE_MISSING`
 */
export function loadSqlite(): SqliteOpener {
  const { DatabaseSync } = builtIn() ?? installed()
  return (path) => new DatabaseSync(path)
}

function builtIn(): SqliteModule | undefined {
  const { emitWarning } = process
  // Node 22 says of it that it may change. What is used here did not, and whoever runs this can do nothing about it.
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return process.getBuiltinModule('node:sqlite') as SqliteModule | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

/** By `require`, because whoever asks the index of a workspace cannot wait. */
function installed(): SqliteModule {
  try {
    return createRequire(import.meta.url)('@photostructure/sqlite')
  } catch (thrown) {
    const error = coordError('SQLITE_MISSING')
    error.cause = thrown
    throw error
  }
}
