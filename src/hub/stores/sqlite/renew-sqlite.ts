import { randomUUID } from 'node:crypto'
import type { SqliteDatabase } from '../../../files/load-sqlite.js'
import { TOKEN_LEAP } from '../store.js'

/** What `Store.renew` promises, inside a transaction of the caller's. */
export function renewSqlite(database: SqliteDatabase): string {
  const epoch = randomUUID()
  database.exec(`
    UPDATE records SET token = token + ${TOKEN_LEAP} WHERE token IS NOT NULL;
    UPDATE spaces SET token_floor = token_floor + ${TOKEN_LEAP};
    UPDATE meta SET value = '${epoch}' WHERE name = 'epoch';
  `)
  return epoch
}
