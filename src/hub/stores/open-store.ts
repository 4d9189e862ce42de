import { join } from 'node:path'
import { type Clock, systemClock } from '../../base/clock.js'
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
 * @param clock of a store whose database has none: PostgreSQL judges by its own
 */
export async function openStore(spec: string, clock: Clock = systemClock): Promise<Store> {
  const scheme = schemeOf(spec)
  if (scheme === undefined) {
    const { SqliteStore } = await import('./sqlite/store.js')
    return SqliteStore.open(sqliteFileIn(spec), clock)
  }
  const open = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined
  // Only the scheme is told: the rest of such an address may hold a password.
  if (open === undefined) throw coordError('STORE_UNKNOWN', quote(`${scheme}://…`))
  return open(spec)
}

/**
 * Puts a file that `Store.backUp` wrote in the place of a store that is gone, as a store of its own: see `Store.renew`.
 *
 * @param spec the directory for it
 * @returns the new epoch
 */
export async function restoreStore(spec: string, file: string): Promise<string> {
  if (schemeOf(spec) !== undefined) {
    throw coordError('BACKUP_INVALID', file, 'a database takes its backups back with its own tools')
  }
  const { restoreSqlite } = await import('./sqlite/backup.js')
  return restoreSqlite(file, sqliteFileIn(spec))
}

/** Where a directory keeps its store. */
function sqliteFileIn(directory: string): string {
  return join(directory, 'hub.sqlite')
}

function schemeOf(spec: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(spec)?.[1]?.toLowerCase()
}

async function openPostgres(url: string): Promise<Store> {
  const { PostgresStore } = await import('./postgres/store.js')
  return PostgresStore.open(url)
}
