import { createRequire } from 'node:module'
import path from 'node:path'

const { openDatabase } = createRequire(import.meta.url)('./open-database.cjs')

/**
 * Puts the reservations of a store into one indexed table, and gives the command that asks it what `check` asks.
 *
 * @param {import('./filled-store.js').FilledStore} store
 */
export function nodeSqlite({ directory, reservations, env }) {
  const file = path.join(directory, '..', 'held.db')
  const database = openDatabase(file)
  database.exec('CREATE TABLE held (address TEXT, until INTEGER, reservation_id TEXT, run_id TEXT); BEGIN')
  const insert = database.prepare('INSERT INTO held VALUES (?, ?, ?, ?)')
  for (const { id, runId, until, payload } of reservations) {
    for (const address of payload.addresses) insert.run(address.split('::')[0], until, id, runId)
  }
  database.exec('COMMIT; CREATE INDEX held_by_address ON held (address, until)')
  database.close()
  const script = path.join(import.meta.dirname, 'ask-sqlite.cjs')
  return { command: [process.execPath, script, file, 'src/free/service.py', String(Date.now())], env }
}
