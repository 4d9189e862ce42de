import { coordError } from '../../base/errors.js'
import { isDatabaseAddress, sqliteFileIn } from './open-store.js'

/**
 * Puts a file that `Store.backUp` wrote in the place of a store that is gone, as a store of its own: see `Store.renew`.
 *
 * @param spec the directory for it
 * @returns the new epoch
 * @throws CoordError `BACKUP_INVALID`, `FILE_TAKEN`, `FILE_FAILED`, `STORE_FAILED`, `SQLITE_MISSING`
 */
export async function restoreStore(spec: string, file: string): Promise<string> {
  if (isDatabaseAddress(spec)) {
    throw coordError('BACKUP_INVALID', file, 'a database takes its backups back with its own tools')
  }
  const { restoreSqlite } = await import('./sqlite/sqlite-backup.js')
  return restoreSqlite(file, sqliteFileIn(spec))
}
