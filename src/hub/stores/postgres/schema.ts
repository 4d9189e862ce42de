import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import { coordError } from '../../../base/errors.js'
import { alike, countUsage, keepSkeletons } from '../directory-sql.js'

/** Step n brings a store from schema n to n + 1, in a PostgreSQL schema of this name. A published step never changes. */
const STEPS: readonly ((schema: string) => string)[] = [
  (schema) => `
  CREATE TABLE ${schema}.spaces (
    space_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
    last_id BIGINT NOT NULL DEFAULT 0,
    floor_id BIGINT NOT NULL DEFAULT 0,
    token_floor BIGINT NOT NULL DEFAULT 0,
    UNIQUE (owner, slug)
  ) WITH (fillfactor = 50);  -- room beside each row: its counter changes with every push

  CREATE TABLE ${schema}.members (
    space_id BIGINT NOT NULL REFERENCES ${schema}.spaces,
    handle TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('read', 'write')),
    PRIMARY KEY (space_id, handle)
  );

  CREATE TABLE ${schema}.rules (
    space_id BIGINT NOT NULL REFERENCES ${schema}.spaces,
    kind TEXT COLLATE "C" NOT NULL,
    merge TEXT NOT NULL CHECK (merge IN ('once', 'latest', 'lease')),
    PRIMARY KEY (space_id, kind)
  );

  CREATE TABLE ${schema}.records (
    space_id BIGINT NOT NULL,  -- no REFERENCES: each push has the row of its space locked
    id BIGINT NOT NULL,
    record_key UUID NOT NULL,  -- 16 bytes, see record-key.ts
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires_at TEXT,
    lapses_at BIGINT,          -- expires_at as milliseconds since 1970, to compare by
    author TEXT NOT NULL,
    token BIGINT,
    received_at TEXT COLLATE "C" NOT NULL,
    -- Each index begins with another column: a planner that knows nothing of the rows yet has no choice to get wrong.
    PRIMARY KEY (space_id, id),
    CONSTRAINT records_by_key UNIQUE (record_key, space_id)
  );
  CREATE INDEX records_by_kind ON ${schema}.records (kind, space_id, id);

  CREATE TABLE ${schema}.identities (
    handle TEXT COLLATE "C" PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('human', 'agent'))
  );

  CREATE TABLE ${schema}.nonces (
    nonce_hex TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    expires_at BIGINT NOT NULL  -- milliseconds since 1970
  );
  CREATE INDEX nonces_by_expiry ON ${schema}.nonces (expires_at);

  CREATE TABLE ${schema}.invites (
    code_hash TEXT PRIMARY KEY,
    handle TEXT COLLATE "C",
    expires_at BIGINT NOT NULL  -- milliseconds since 1970
  );
  `,
  (schema) => `ALTER TABLE ${schema}.records ADD COLUMN revision BIGINT`,
  (schema) => `
  CREATE TABLE ${schema}.used_signatures (
    hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL  -- milliseconds since 1970
  );
  CREATE INDEX used_signatures_by_expiry ON ${schema}.used_signatures (expires_at);
  `,
  (schema) => `
  ALTER TABLE ${schema}.invites
    ADD COLUMN owner TEXT COLLATE "C",
    ADD COLUMN slug TEXT COLLATE "C",
    ADD COLUMN role TEXT CHECK (role IN ('read', 'write')),
    ADD COLUMN uses INTEGER NOT NULL DEFAULT 1;
  `,
  (schema) => `
  CREATE TABLE ${schema}.acts (
    act_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space_id BIGINT NOT NULL,    -- 0: of the key of a handle, which is the subject
    at TEXT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL
  );
  CREATE INDEX acts_by_space ON ${schema}.acts (space_id, act_id);
  CREATE INDEX acts_by_subject ON ${schema}.acts (space_id, subject, act_id);
  `,
  (schema) => `
  CREATE INDEX identities_alike ON ${schema}.identities ((${alike('handle')}));
  `,
  (schema) => `
  CREATE TABLE ${schema}.usage (
    handle TEXT COLLATE "C" PRIMARY KEY,  -- who has written
    records BIGINT NOT NULL,
    bytes BIGINT NOT NULL                 -- see Usage
  ) WITH (fillfactor = 50);               -- room beside each row: it changes with every push
  ${countUsage(schema, 'WHERE true')};
  `,
  (schema) => `
  CREATE TABLE ${schema}.devices (  -- keys that sign for a handle beside its first
    handle TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    public_key TEXT NOT NULL,
    label TEXT NOT NULL,
    added_at BIGINT NOT NULL,       -- milliseconds since 1970
    PRIMARY KEY (handle, fingerprint)
  );
  ALTER TABLE ${schema}.invites ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
  `,
  (schema) => `
  CREATE TABLE ${schema}.positions (
    space_id BIGINT NOT NULL,
    id BIGINT NOT NULL,  -- the last one of a commit
    nonce TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (space_id, id)
  );
  INSERT INTO ${schema}.positions
    SELECT space_id, last_id, md5(random()::text || clock_timestamp()::text || space_id) FROM ${schema}.spaces WHERE last_id > 0;
  -- The channel of the change feed is not called after the epoch: hubs that are running when it changes stay on the same one.
  INSERT INTO ${schema}.meta SELECT 'channel', value FROM ${schema}.meta WHERE name = 'epoch';
  `,
  (schema) => `
  ALTER TABLE ${schema}.identities ADD COLUMN skeleton TEXT COLLATE "C";  -- NULL: one that was there before is alike
  ${keepSkeletons(schema)};
  CREATE UNIQUE INDEX identities_by_skeleton ON ${schema}.identities (skeleton);
  `,
]

/** For a step that goes through all that a store has. */
const MIGRATE_MILLISECONDS = 3_600_000

/** What `meta` holds that stays while a store is open, and its epoch, which another hub may change. */
export interface StoreNames {
  readonly epoch: string
  /** Of its change feed: two stores in one database do not hear each other. */
  readonly channel: string
}

/**
 * Brings the tables of a PostgreSQL schema up to date and gives its names; many hubs may do so at once.
 *
 * @param schema quoted
 * @throws `STORE_NEWER`, and what the driver throws
 */
export async function migratePostgres(client: ClientBase, schema: string): Promise<StoreNames> {
  await client.query('BEGIN')
  try {
    // The lock comes before the look: a second hub waits here and then finds the work done.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`muse-coord ${schema}`])
    const version = await versionOf(client, schema)
    if (version > STEPS.length) throw coordError('STORE_NEWER', version, STEPS.length)
    if (version < STEPS.length) await client.query('SET LOCAL statement_timeout = 0')
    for (const step of STEPS.slice(version)) {
      const migrating = { text: step(schema), query_timeout: MIGRATE_MILLISECONDS }
      await client.query(migrating)
    }
    await client.query(`UPDATE ${schema}.meta SET value = $1 WHERE name = 'schema'`, [String(STEPS.length)])
    const { rows } = await client.query<{ name: string; value: string }>(`SELECT name, value FROM ${schema}.meta`)
    await client.query('COMMIT')
    const names = new Map(rows.map(({ name, value }) => [name, value]))
    const nameOf = (name: string): string => names.get(name) as string
    return { epoch: nameOf('epoch'), channel: nameOf('channel') }
  } catch (thrown) {
    // A connection that is gone has rolled back by itself.
    await client.query('ROLLBACK').catch(() => undefined)
    throw thrown
  }
}

/** The version of the schema; 0 after the table that will hold it was made. */
async function versionOf(client: ClientBase, schema: string): Promise<number> {
  const { rows } = await client.query<{ schema: string | null; meta: string | null }>(
    `SELECT to_regnamespace($1) AS schema, to_regclass($2) AS meta`,
    [schema, `${schema}.meta`],
  )
  if (rows[0]?.schema === null) await client.query(`CREATE SCHEMA ${schema}`)
  if (rows[0]?.meta === null) {
    await client.query(`CREATE TABLE ${schema}.meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)`)
    await client.query(`INSERT INTO ${schema}.meta VALUES ('schema', '0'), ('epoch', $1)`, [randomUUID()])
    return 0
  }
  const found = await client.query<{ value: string }>(`SELECT value FROM ${schema}.meta WHERE name = 'schema'`)
  return Number(found.rows[0]?.value)
}
