import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
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

const PACKAGE = '@photostructure/sqlite'

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

let known: SqliteModule | undefined

/** By `require`, because whoever asks the index of a workspace cannot wait. */
function installed(): SqliteModule {
  try {
    known ??= readyMade() ?? (createRequire(import.meta.url)(PACKAGE) as SqliteModule)
    return known
  } catch (thrown) {
    const error = coordError('SQLITE_MISSING')
    error.cause = thrown
    throw error
  }
}

/**
 * What the package brings for this system. The package looks for it too, among all systems, and adds what is not used here: that
 * takes a quarter of Node's own start. `undefined`: the package has to look.
 */
function readyMade(): SqliteModule | undefined {
  const directory = directoryOf(PACKAGE, import.meta.dirname)
  // What was compiled on this machine stands before it, and Alpine has another C library.
  if (directory === null || existsSync(join(directory, 'build')) || existsSync('/etc/alpine-release')) return undefined
  try {
    const name = `${PACKAGE.replace('/', '+')}.glibc.node`
    const module: { exports: { DatabaseSync?: SqliteModule['DatabaseSync'] } } = { exports: {} }
    // As `require` does it, which looks for links in each step of the path, and for every package.json, for longer than that takes.
    process.dlopen(module, join(directory, 'prebuilds', `${process.platform}-${process.arch}`, name))
    const { DatabaseSync } = module.exports
    return typeof DatabaseSync?.prototype?.prepare === 'function' ? { DatabaseSync } : undefined
  } catch {
    return undefined
  }
}

/** Where a package is installed for whoever lies in a directory, where that needs no more than a look. */
function directoryOf(name: string, from: string): string | null {
  const found = join(from, 'node_modules', name)
  if (existsSync(found)) return found
  return dirname(from) === from ? null : directoryOf(name, dirname(from))
}
