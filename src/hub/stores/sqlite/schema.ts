import { randomUUID } from 'node:crypto'
import { coordError } from '../../../base/errors.js'
import type { SqliteDatabase } from '../../../files/load-sqlite.js'
import { TOKEN_LEAP } from '../../../record/protocol.js'
import { alike, countUsage, keepSkeletons } from '../directory-sql.js'
import { inTransaction } from './transaction.js'

/** "MUSE": tells a file of this program from every other SQLite file. */
export const APPLICATION_ID = 0x4d555345

/** Step n brings a store from schema n to n + 1. A step that was published is never changed. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE spaces (
    space_id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    slug TEXT NOT NULL,
    visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
    last_id INTEGER NOT NULL DEFAULT 0,
    floor_id INTEGER NOT NULL DEFAULT 0,
    token_floor INTEGER NOT NULL DEFAULT 0,
    UNIQUE (owner, slug)
  ) STRICT;

  CREATE TABLE members (
    space_id INTEGER NOT NULL REFERENCES spaces,
    handle TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('read', 'write')),
    PRIMARY KEY (space_id, handle)
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE rules (
    space_id INTEGER NOT NULL REFERENCES spaces,
    kind TEXT NOT NULL,
    merge TEXT NOT NULL CHECK (merge IN ('once', 'latest', 'lease')),
    PRIMARY KEY (space_id, kind)
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE records (
    space_id INTEGER NOT NULL,   -- no REFERENCES: each push reads the row of its space, and this asks for each record
    id INTEGER NOT NULL,
    record_key BLOB NOT NULL,    -- see record-key.ts
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires_at TEXT,
    lapses_at INTEGER,           -- expires_at as milliseconds since 1970, to compare by
    author TEXT NOT NULL,
    token INTEGER,
    received_at TEXT NOT NULL,
    PRIMARY KEY (space_id, id)   -- rows lie in the order in which readers ask for them
  ) WITHOUT ROWID, STRICT;
  CREATE UNIQUE INDEX records_by_key ON records (space_id, record_key);
  CREATE INDEX records_by_kind ON records (space_id, kind, id);

  CREATE TABLE identities (
    handle TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('human', 'agent'))
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE nonces (
    nonce_hex TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    expires_at INTEGER NOT NULL  -- milliseconds since 1970
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX nonces_by_expiry ON nonces (expires_at);

  CREATE TABLE invites (
    code_hash TEXT PRIMARY KEY,
    handle TEXT,
    expires_at INTEGER NOT NULL  -- milliseconds since 1970
  ) WITHOUT ROWID, STRICT;
  `,
  `ALTER TABLE records ADD COLUMN revision INTEGER`,
  `
  CREATE TABLE used_signatures (
    hash TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL  -- milliseconds since 1970
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX used_signatures_by_expiry ON used_signatures (expires_at);
  `,
  `
  ALTER TABLE invites ADD COLUMN owner TEXT;
  ALTER TABLE invites ADD COLUMN slug TEXT;
  ALTER TABLE invites ADD COLUMN role TEXT CHECK (role IN ('read', 'write'));
  ALTER TABLE invites ADD COLUMN uses INTEGER NOT NULL DEFAULT 1;
  `,
  `
  CREATE TABLE acts (
    act_id INTEGER PRIMARY KEY,
    space_id INTEGER NOT NULL,   -- 0: of the key of a handle, which is the subject
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX acts_by_space ON acts (space_id, act_id);
  CREATE INDEX acts_by_subject ON acts (space_id, subject, act_id);
  `,
  `
  CREATE INDEX identities_alike ON identities (${alike('handle')});
  `,
  `
  CREATE TABLE usage (
    handle TEXT PRIMARY KEY,     -- who has written
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL       -- see Usage
  ) WITHOUT ROWID, STRICT;
  ${countUsage('main', 'WHERE true')};
  `,
  `
  CREATE TABLE devices (         -- keys that sign for a handle beside its first
    handle TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    label TEXT NOT NULL,
    added_at INTEGER NOT NULL,   -- milliseconds since 1970
    PRIMARY KEY (handle, fingerprint)
  ) WITHOUT ROWID, STRICT;
  ALTER TABLE invites ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE positions (
    space_id INTEGER NOT NULL,
    id INTEGER NOT NULL,         -- the last one of a commit
    nonce TEXT NOT NULL,
    PRIMARY KEY (space_id, id)
  ) WITHOUT ROWID, STRICT;
  INSERT INTO positions SELECT space_id, last_id, lower(hex(randomblob(16))) FROM spaces WHERE last_id > 0;
  `,
  `
  ALTER TABLE identities ADD COLUMN skeleton TEXT;  -- NULL: one that was there before is alike
  ${keepSkeletons('main')};
  CREATE UNIQUE INDEX identities_by_skeleton ON identities (skeleton);
  `,
]

/** Brings the schema up to date; many processes may do so at once. */
export function migrateSqlite(database: SqliteDatabase, name: string): void {
  // The usual case asks for no lock, which another process may be keeping for long.
  if (isOurs(database) && pragma(database, 'user_version') === STEPS.length) return
  // And the others look again once they have it: a second process waits here and then finds the work done.
  inTransaction(database, 'BEGIN IMMEDIATE', () => {
    if (!isOurs(database) && !isEmpty(database)) {
      throw coordError('STORE_FAILED', name, 'the file is the database of another program')
    }
    const version = pragma(database, 'user_version')
    if (version > STEPS.length) throw coordError('STORE_NEWER', version, STEPS.length)
    for (const step of STEPS.slice(version)) database.exec(step)
    if (version === 0) database.prepare(`INSERT INTO meta VALUES ('epoch', ?)`).run(randomUUID())
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length}`)
  })
}

/** What `Store.renew` promises, inside a transaction of the caller's. */
export function renew(database: SqliteDatabase, replaced?: string): string {
  const { value } = database.prepare(`SELECT value FROM meta WHERE name = 'epoch'`).get() as { value: string }
  if (replaced !== undefined && replaced !== value) return value
  const epoch = randomUUID()
  database.exec(`
    UPDATE records SET token = token + ${TOKEN_LEAP} WHERE token IS NOT NULL;
    UPDATE spaces SET token_floor = token_floor + ${TOKEN_LEAP};
    UPDATE meta SET value = '${epoch}' WHERE name = 'epoch';
  `)
  return epoch
}

function pragma(database: SqliteDatabase, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0])
}

function isOurs(database: SqliteDatabase): boolean {
  return pragma(database, 'application_id') === APPLICATION_ID
}

function isEmpty(database: SqliteDatabase): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
}
