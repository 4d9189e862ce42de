import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSqlite } from '../../../src/files/load-sqlite.js'
import { type Contender, PAGE } from './contender.js'

/** The same rows through SQLite alone: one statement a row, one commit a batch, as durable as in a hub. */
export const rawSqlite: Contender = {
  name: 'SQLite itself',
  async open() {
    const directory = mkdtempSync(join(tmpdir(), 'muse-bench-'))
    const database = loadSqlite()(join(directory, 'rows.sqlite'))
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE rows (space INTEGER, id INTEGER, kind TEXT, record_id TEXT, run_id TEXT, payload TEXT, expires_at TEXT,
        author TEXT, token INTEGER, received_at TEXT, PRIMARY KEY (space, id)) WITHOUT ROWID, STRICT`)
    const add = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    const page = database.prepare('SELECT * FROM rows WHERE space = ? AND id > ? ORDER BY id LIMIT ?')
    return {
      prepare: (writer, batches) => {
        let id = 0
        return batches.map((batch) => async () => {
          database.exec('BEGIN IMMEDIATE')
          for (const { recordId, runId, payloadJson, expiresAt } of batch) {
            id++
            add.run(writer, id, 'reservation', recordId, runId, payloadJson, expiresAt, 'ada', null, expiresAt)
          }
          database.exec('COMMIT')
        })
      },
      async readAll(writer) {
        let count = 0
        for (let cursor = 0; ; ) {
          const rows = page.all(writer, cursor, PAGE) as { id: number }[]
          count += rows.length
          if (rows.length < PAGE) return count
          cursor = rows.at(-1)?.id as number
        }
      },
      async close() {
        database.close()
        rmSync(directory, { recursive: true })
      },
    }
  },
}
