import type { SqliteDatabase, SqliteStatement } from '../../../files/load-sqlite.js'

/** Rows come out in the spelling of TypeScript, as `StoreRecord`. */
const RECORD = `r.id, r.kind, r.record_id AS recordId, r.run_id AS runId, r.payload AS payloadJson,
  r.expires_at AS expiresAt, r.author, r.token, r.received_at AS receivedAt`

/** CROSS JOIN keeps the list outside: left to itself, SQLite walks through the whole space for it. */
const BY_KEY = `json_each(?1) AS key CROSS JOIN records AS r
  ON r.space_id = ?2 AND r.record_key = unhex(key.value)`

const SQL = {
  epoch: `SELECT value FROM meta WHERE name = 'epoch'`,

  findSpace: `SELECT space_id AS id, owner, slug, visibility FROM spaces WHERE owner = ? AND slug = ?`,
  createSpace: `INSERT INTO spaces (owner, slug) VALUES (?, ?) ON CONFLICT DO NOTHING`,
  setVisibility: `UPDATE spaces SET visibility = ? WHERE space_id = ?`,
  spaces: `SELECT space_id AS id, owner, slug, visibility FROM spaces ORDER BY owner, slug`,
  counter: `SELECT owner, last_id AS lastId, floor_id AS floorId, token_floor AS tokenFloor FROM spaces
    WHERE space_id = ?`,
  setLastId: `UPDATE spaces SET last_id = ? WHERE space_id = ?`,
  raiseFloors: `UPDATE spaces SET floor_id = max(floor_id, ?), token_floor = max(token_floor, ?) WHERE space_id = ?`,
  adoptEpoch: `UPDATE meta SET value = ? WHERE name = 'epoch' AND NOT EXISTS (SELECT 1 FROM spaces WHERE last_id > 0)`,

  members: `SELECT handle, role FROM members WHERE space_id = ? ORDER BY handle`,
  setMember: `INSERT INTO members (space_id, handle, role) VALUES (?, ?, ?)
    ON CONFLICT (space_id, handle) DO UPDATE SET role = excluded.role`,
  removeMember: `DELETE FROM members WHERE space_id = ? AND handle = ?`,

  rules: `SELECT kind, merge FROM rules WHERE space_id = ?`,
  addRule: `INSERT INTO rules (space_id, kind, merge) VALUES (?, ?, ?)`,

  recordsByKey: `SELECT ${RECORD} FROM ${BY_KEY}`,
  removeByKey: `DELETE FROM records WHERE (space_id, id) IN (SELECT r.space_id, r.id FROM ${BY_KEY})`,
  addRecord: `INSERT INTO records (space_id, id, record_key, kind, record_id, run_id, payload, expires_at, lapses_at,
    author, token, received_at) VALUES (?, ?, unhex(?), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  recordsSince: `SELECT ${RECORD} FROM records AS r WHERE r.space_id = ? AND r.id > ? ORDER BY r.id LIMIT ?`,
  idsOfKind: `SELECT id FROM records WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?`,
  recordsById: `SELECT ${RECORD} FROM json_each(?1) AS wanted CROSS JOIN records AS r
    ON r.space_id = ?2 AND r.id = wanted.value ORDER BY wanted.key`,

  removeById: `DELETE FROM records WHERE space_id = ?2 AND id IN (SELECT value FROM json_each(?1))`,
  endsOfKind: `SELECT id, token, lapses_at AS lapsesAt, received_at AS receivedAt FROM records
    WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?`,
  sumsOfKind: `SELECT count(*) AS records, total(length(payload)) AS payloadCharacters,
    count(*) FILTER (WHERE received_at >= ?) AS receivedLately, max(id) AS lastId,
    max(received_at) AS lastReceivedAt FROM (
      SELECT id, payload, received_at FROM records WHERE space_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?)`,

  identities: `SELECT handle, fingerprint, public_key AS publicKey, type FROM identities ORDER BY handle`,
  findIdentity: `SELECT handle, fingerprint, public_key AS publicKey, type FROM identities WHERE handle = ?`,
  addIdentity: `INSERT INTO identities (handle, fingerprint, public_key, type) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  replaceIdentity: `UPDATE identities SET fingerprint = ?, public_key = ?, type = ? WHERE handle = ? AND fingerprint = ?`,

  addNonce: `INSERT INTO nonces (nonce_hex, fingerprint, expires_at) VALUES (?, ?, ?)`,
  takeNonce: `DELETE FROM nonces WHERE nonce_hex = ?
    RETURNING nonce_hex AS nonceHex, fingerprint, expires_at AS expiresAt`,
  forgetNonces: `DELETE FROM nonces WHERE expires_at < ?`,

  addInvite: `INSERT INTO invites (code_hash, handle, expires_at) VALUES (?, ?, ?)`,
  takeInvite: `DELETE FROM invites WHERE code_hash = ?
    RETURNING code_hash AS codeHash, handle, expires_at AS expiresAt`,
} as const

/** Every statement of the SQLite store, prepared. */
export type Statements = Record<keyof typeof SQL, SqliteStatement>

export function prepareStatements(database: SqliteDatabase): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])
  return Object.fromEntries(prepared) as Statements
}
