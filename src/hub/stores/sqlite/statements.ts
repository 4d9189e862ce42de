import { coordError } from '../../../base/errors.js'
import type { SqliteDatabase, SqliteStatement } from '../../../files/load-sqlite.js'
import type { MergeRule } from '../../../record/record.js'
import { bytesOf, directorySql } from '../directory-sql.js'
import type { InHistory, Position } from '../record-store.js'

/** Rows come out in the spelling of TypeScript, as `StoreRecord`. */
const RECORD = `r.id, r.kind, r.record_id AS recordId, r.run_id AS runId, r.payload AS payloadJson,
  r.expires_at AS expiresAt, r.author, r.token, r.revision, r.received_at AS receivedAt`

/** CROSS JOIN keeps the list outside: left to itself, SQLite walks through the whole space for it. */
const BY_KEY = `json_each(?1) AS key CROSS JOIN records AS r
  ON r.space_id = ?2 AND r.record_key = unhex(key.value)`

/** Of a record, what can be large: what was stored before times were bounded may be that, too. */
const SIZE = 'octet_length(r.payload) + coalesce(octet_length(r.expires_at), 0)'

const SQL = {
  ...directorySql('main'),

  touch: `UPDATE meta SET value = value WHERE name = 'epoch'`,
  epoch: `SELECT value FROM meta WHERE name = 'epoch'`,

  addPosition: `INSERT INTO positions (space_id, id, nonce) VALUES (?, ?, ?)`,
  forgetPositions: `DELETE FROM positions WHERE space_id = ? AND id <= ?`,
  firstPosition: `SELECT min(id) AS id FROM positions WHERE space_id = ?`,
  position: `SELECT id, nonce FROM positions WHERE space_id = ? AND id = ?`,
  lastPositions: `SELECT id, nonce FROM positions WHERE space_id = ? ORDER BY id DESC LIMIT ?`,

  counter: `SELECT owner, last_id AS lastId, floor_id AS floorId, token_floor AS tokenFloor FROM spaces
    WHERE space_id = ?`,
  setLastId: `UPDATE spaces SET last_id = ? WHERE space_id = ?`,
  raiseFloors: `UPDATE spaces SET floor_id = max(floor_id, ?), token_floor = max(token_floor, ?) WHERE space_id = ?`,
  adoptEpoch: `UPDATE meta SET value = ? WHERE name = 'epoch' AND NOT EXISTS (SELECT 1 FROM spaces WHERE last_id > 0)`,

  rules: `SELECT kind, merge FROM rules WHERE space_id = ?`,
  addRule: `INSERT INTO rules (space_id, kind, merge) VALUES (?, ?, ?)`,

  lastReceived: `SELECT received_at AS receivedAt FROM records WHERE space_id = ? ORDER BY id DESC LIMIT 1`,
  recordsByKey: `SELECT ${RECORD} FROM ${BY_KEY}`,
  removeByKey: `DELETE FROM records WHERE (space_id, id) IN (SELECT r.space_id, r.id FROM ${BY_KEY})`,
  addRecord: `INSERT INTO records (space_id, id, record_key, kind, record_id, run_id, payload, expires_at, lapses_at,
    author, token, revision, received_at) VALUES (?, ?, unhex(?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  recordsSince: `SELECT ${RECORD} FROM records AS r WHERE r.space_id = ? AND r.id > ? ORDER BY r.id LIMIT ?`,
  sizesSince: `SELECT r.id, ${SIZE} AS size FROM records AS r WHERE r.space_id = ? AND r.id > ? ORDER BY r.id LIMIT ?`,
  sizesById: `SELECT ${SIZE} AS size FROM json_each(?1) AS wanted CROSS JOIN records AS r
    ON r.space_id = ?2 AND r.id = wanted.value ORDER BY wanted.key`,
  idsOfKind: `SELECT id FROM records WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?`,
  recordsById: `SELECT ${RECORD} FROM json_each(?1) AS wanted CROSS JOIN records AS r
    ON r.space_id = ?2 AND r.id = wanted.value ORDER BY wanted.key`,

  removeById: `DELETE FROM records WHERE space_id = ?2 AND id IN (SELECT value FROM json_each(?1))`,
  namesByKey: `SELECT r.kind, r.record_id AS recordId, r.lapses_at AS lapsesAt FROM ${BY_KEY}`,
  payloadsById: `SELECT id, payload FROM records WHERE space_id = ?2 AND id IN (SELECT value FROM json_each(?1))`,
  payloadsNotLapsed: `SELECT id, payload FROM records
    WHERE space_id = ? AND kind = ? AND id > ? AND (lapses_at IS NULL OR lapses_at >= ?) ORDER BY id LIMIT ?`,
  endsOfKind: `SELECT id, record_id AS recordId, token, lapses_at AS lapsesAt, received_at AS receivedAt, author,
    ${bytesOf('r')} AS bytes FROM records AS r WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?`,
  sumsOfKind: `SELECT count(*) AS records, total(length(payload)) AS payloadCharacters,
    count(*) FILTER (WHERE received_at >= ?) AS receivedLately, max(id) AS lastId,
    max(received_at) AS lastReceivedAt FROM (
      SELECT id, payload, received_at FROM records WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?)`,
} as const

/** Every statement of the SQLite store, prepared. */
export type Statements = Record<keyof typeof SQL, SqliteStatement>

export function prepareStatements(database: SqliteDatabase): Statements {
  // A dollar begins a name here, and only a question mark a number.
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql.replaceAll('$', '?'))])
  return Object.fromEntries(prepared) as Statements
}

/** What the row of a space tells of its ids. */
export interface Counter {
  readonly owner: string
  readonly lastId: number
  readonly floorId: number
  readonly tokenFloor: number
}

/** The row of a space. Throws `NO_SUCH_THING` where there is none: what is not there is not empty. */
export function counterOf(statements: Statements, spaceId: number): Counter {
  const counter = statements.counter.get(spaceId) as Counter | undefined
  if (counter === undefined) throw coordError('NO_SUCH_THING', `space ${spaceId} in this store`)
  return counter
}

/** The rules that are fixed in a space. */
export function rulesOf(statements: Statements, spaceId: number): Map<string, MergeRule> {
  const rows = statements.rules.all(spaceId) as { kind: string; merge: MergeRule }[]
  return new Map(rows.map(({ kind, merge }) => [kind, merge]))
}

/** In which history a space ends at this id. */
export function historyOf(statements: Statements, spaceId: number, lastId: number): Required<InHistory> {
  const { value } = statements.epoch.get() as { value: string }
  const position = statements.position.get(spaceId, lastId) as Position | undefined
  return { epoch: value, position: position ?? null }
}
