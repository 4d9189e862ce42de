import type { SqliteDatabase } from '../../../files/load-sqlite.js'

/** Runs synchronous work in a transaction that is rolled back when the work throws. */
export function inTransaction<T>(database: SqliteDatabase, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  database.exec(begin)
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (thrown) {
    rollBack(database)
    throw thrown
  }
}

/** Rolls back what is open, if anything is: SQLite ends a transaction by itself when the disk is full. */
export function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch (thrown) {
    if (!String(thrown).includes('no transaction is active')) throw thrown
  }
}
