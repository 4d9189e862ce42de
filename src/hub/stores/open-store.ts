import { join } from 'node:path'
import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import type { Store } from './store.js'

/** Loaded when they are asked for: a hub on one database does not need the driver of the other. */
const STORES: Record<string, (url: string) => Promise<Store>> = {
  postgres: openPostgres,
  postgresql: openPostgres,
}

/**
 * Opens the store that a spec names, and makes it where there is none.
 *
 * @param spec a directory, for SQLite in its `hub.sqlite`; or `postgres://user@host/database`
 * @throws CoordError `STORE_UNKNOWN`, `STORE_NEWER`, `STORE_FAILED`, `SQLITE_MISSING`, `POSTGRES_MISSING`
 */
export async function openStore(spec: string): Promise<Store> {
  const scheme = schemeOf(spec)
  if (scheme === undefined) {
    const { SqliteStore } = await import('./sqlite/sqlite-store.js')
    return SqliteStore.open(sqliteFileIn(spec))
  }
  const open = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined
  // Only the scheme is told: the rest of such an address may hold a password.
  if (open === undefined) throw coordError('STORE_UNKNOWN', quote(`${scheme}://…`))
  return open(spec)
}

/** Whether a spec names a database on a server, and not a directory. */
export function isDatabaseAddress(spec: string): boolean {
  return schemeOf(spec) !== undefined
}

/** Where a directory keeps its store. */
export function sqliteFileIn(directory: string): string {
  return join(directory, 'hub.sqlite')
}

function schemeOf(spec: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(spec)?.[1]?.toLowerCase()
}

async function openPostgres(url: string): Promise<Store> {
  const { PostgresStore } = await import('./postgres/postgres-store.js')
  return PostgresStore.open(url)
}
