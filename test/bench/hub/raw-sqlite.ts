import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSqlite } from '../../../src/files/load-sqlite.js'
import { recordKey } from '../../../src/hub/stores/record-key.js'
import { PAGE } from './contender.js'
import type { KeptRow, RowsInStore } from './rows-in-store.js'

/**
 * SQLite alone: one statement a row, one commit a batch.
 *
 * @param isKeyed finds each row by its record too, as whoever wants to know what is there already must
 */
export async function sqliteRows(isKeyed = false): Promise<RowsInStore> {
  const directory = mkdtempSync(join(tmpdir(), 'muse-bench-'))
  const database = loadSqlite()(join(directory, 'rows.sqlite'))
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE rows (space INTEGER, id INTEGER, kind TEXT, record_id TEXT, run_id TEXT, payload TEXT, expires_at TEXT,
      author TEXT, token INTEGER, received_at TEXT, record_key TEXT, PRIMARY KEY (space, id)) WITHOUT ROWID, STRICT`)
  if (isKeyed) database.exec('CREATE UNIQUE INDEX rows_by_key ON rows (space, record_key)')
  const add = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const page = database.prepare('SELECT * FROM rows WHERE space = ? AND id > ? ORDER BY id LIMIT ?')
  return {
    prepare: (space, first, batch) => async () => {
      database.exec('BEGIN IMMEDIATE')
      for (const [index, { recordId, runId, payloadJson, expiresAt }] of batch.entries()) {
        const key = isKeyed ? recordKey({ kind: 'reservation', recordId }) : null
        add.run(
          space,
          first + index,
          'reservation',
          recordId,
          runId,
          payloadJson,
          expiresAt,
          'ada',
          null,
          expiresAt,
          key,
        )
      }
      database.exec('COMMIT')
    },
    page: async (space, behind) => page.all(space, behind, PAGE) as KeptRow[],
    async close() {
      database.close()
      rmSync(directory, { recursive: true })
    },
  }
}
