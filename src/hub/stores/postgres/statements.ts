import { ADDING_USAGE, bytesOf, directorySql } from '../directory-sql.js'
import { NAMED_IDS_SQL } from '../named-ids.js'

/** Rows come out in the spelling of TypeScript, as `StoreRecord`. */
const RECORD = `r.id, r.kind, r.record_id AS "recordId", r.run_id AS "runId", r.payload AS "payloadJson",
  r.expires_at AS "expiresAt", r.author, r.token, r.revision, r.received_at AS "receivedAt"`

/** The database's clock, milliseconds since 1970. */
const NOW = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

const COLUMNS =
  'id, record_key, kind, record_id, run_id, payload, expires_at, lapses_at, author, token, revision, received_at'

/** What `recordKey` makes of a kind and an id. */
function keyOf(kind: string, recordId: string): string {
  return `left(encode(sha256(convert_to(${kind} || ' ' || ${recordId}, 'UTF8')), 'hex'), 32)::uuid`
}

/** The ids that a payload names, and NULL where it may name any: see `namedIds`. */
function namedIn(payload: string): string {
  const { id, escaped } = NAMED_IDS_SQL
  return `SELECT word[1] FROM regexp_matches(${payload}, '${id}', 'g') AS word
    UNION ALL SELECT NULL WHERE ${payload} ~ '${escaped}'`
}

/** Of these rows, in order, those that begin within $4 bytes, and how many there are; null: all of them. */
function within(rows: string): string {
  return `SELECT ${RECORD}, r.found, r.before FROM (
          SELECT *, count(*) OVER () AS found, sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - size AS before
          FROM (SELECT *, octet_length(payload) + coalesce(octet_length(expires_at), 0) AS size FROM (${rows}) AS r) AS r
        ) AS r WHERE $4::bigint IS NULL OR r.before <= $4`
}

/**
 * The statements of the PostgreSQL store.
 *
 * @param schema that has the tables, quoted
 */
export function postgresSql(schema: string) {
  const epoch = `(SELECT value FROM ${schema}.meta WHERE name = 'epoch')`
  const nonce = `(SELECT nonce FROM ${schema}.positions WHERE space_id = space.space_id AND id = space.last_id)`
  const ends = [
    ['lastId', 'space.last_id'],
    ['floorId', 'space.floor_id'],
    ['now', NOW],
    ['epoch', epoch],
    ['nonce', nonce],
    ['found', 'r.found'],
  ].map(([name, value]) => `CASE WHEN r.before > 0 THEN NULL ELSE ${value} END AS "${name}"`)
  const page = `${ends.join(', ')}, r.id, r.kind, r."recordId", r."runId", r."payloadJson", r."expiresAt", r.author, r.token,
      r.revision, r."receivedAt"`
  return {
    ...directorySql(schema),

    /**
     * One transaction after the other from here to its commit, so that acts get their ids in the order in which they are seen:
     * whoever has seen one misses none before it. It is the last lock that a transaction takes, so it stands in no circle.
     */
    noteAct: `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('muse-coord acts of ${schema}', 0)))
      INSERT INTO ${schema}.acts (space_id, at, actor, action, subject, detail)
      SELECT $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::text FROM turn`,

    lockSpace: `SELECT last_id AS "lastId" FROM ${schema}.spaces WHERE space_id = $1 FOR NO KEY UPDATE`,
    hiddenFrame: `SELECT token_floor AS "tokenFloor",
        (SELECT coalesce(json_object_agg(kind, merge), '{}') FROM ${schema}.rules WHERE space_id = $1) AS rules
      FROM ${schema}.spaces WHERE space_id = $1`,
    setFrame: `UPDATE ${schema}.spaces SET last_id = $2, floor_id = $3, token_floor = $4, visibility = $5
      WHERE space_id = $1`,
    adoptEpoch: `UPDATE ${schema}.meta SET value = $1
      WHERE name = 'epoch' AND NOT EXISTS (SELECT 1 FROM ${schema}.spaces WHERE last_id > 0) RETURNING name`,

    /**
     * Several statements in one message. The lock comes first: what is read after it, the clock too, stays so until the
     * commit. A `now()` would be the start of the transaction, which may have waited for the lock since.
     */
    beginPush: (spaceId: number) => `
      BEGIN;
      SET LOCAL synchronous_commit = on;
      SELECT owner, last_id AS "lastId", token_floor AS "tokenFloor" FROM ${schema}.spaces WHERE space_id = ${spaceId}
        FOR NO KEY UPDATE;
      SELECT ${NOW} AS now, ${epoch} AS epoch,
        (SELECT received_at FROM ${schema}.records WHERE space_id = ${spaceId} ORDER BY id DESC LIMIT 1) AS "lastReceivedAt";
      SELECT kind, merge FROM ${schema}.rules WHERE space_id = ${spaceId}`,
    /** Removes some of those that are void, without waiting for others who do, and gives back which of these had not acted. */
    useSignatures: `WITH gone AS (DELETE FROM ${schema}.used_signatures WHERE hash IN (
        SELECT hash FROM ${schema}.used_signatures WHERE expires_at < $3 LIMIT 1000 FOR UPDATE SKIP LOCKED))
      INSERT INTO ${schema}.used_signatures (hash, expires_at) SELECT * FROM unnest($1::text[], $2::bigint[])
      ON CONFLICT DO NOTHING RETURNING hash`,
    /**
     * Keys and usage of the authors, and their roles in the space. Keys and roles are locked, so that a revocation or a
     * removal that comes meanwhile is answered after the push is written. In order: two pushes wait for no circle. The usage is
     * not: pushes of one author into several spaces would queue.
     */
    authors: `WITH firsts AS (
        SELECT handle, fingerprint FROM ${schema}.identities WHERE handle = ANY($1::text[]) ORDER BY handle FOR SHARE),
      others AS (
        SELECT handle, fingerprint FROM ${schema}.devices WHERE handle = ANY($1::text[]) ORDER BY handle, fingerprint FOR SHARE),
      keys AS (
        SELECT handle, array_agg(fingerprint) AS fingerprints
        FROM (SELECT * FROM firsts UNION ALL SELECT * FROM others) AS every GROUP BY handle),
      members AS (
        SELECT handle, role FROM ${schema}.members WHERE space_id = $2 AND handle = ANY($1::text[]) ORDER BY handle FOR SHARE)
      SELECT author.handle, coalesce(keys.fingerprints, '{}') AS fingerprints, coalesce(kept.records, 0) AS records,
        coalesce(kept.bytes, 0) AS bytes, members.role
      FROM unnest($1::text[]) AS author (handle) LEFT JOIN keys ON keys.handle = author.handle
      LEFT JOIN members ON members.handle = author.handle
      LEFT JOIN ${schema}.usage AS kept ON kept.handle = author.handle`,
    addRules: `INSERT INTO ${schema}.rules (space_id, kind, merge)
      SELECT $1, * FROM unnest($2::text[], $3::text[])`,
    /** OFFSET 0 keeps the list outside: one look into the index for each key, however large the space. */
    recordsByKey: `SELECT ${RECORD}
      FROM unnest($2::uuid[]) AS wanted (record_key)
      CROSS JOIN LATERAL (
        SELECT * FROM ${schema}.records WHERE space_id = $1 AND record_key = wanted.record_key OFFSET 0
      ) AS r`,
    /**
     * The counter, the rows and what their authors have in one statement. A row that changes keeps its place by key and gets
     * its new id. What several spaces share is locked last, until the commit that follows; handles come in order.
     */
    write: `WITH counter AS (UPDATE ${schema}.spaces SET last_id = $2 WHERE space_id = $1), placed AS (
        INSERT INTO ${schema}.positions (space_id, id, nonce) SELECT $1, $2, $18 WHERE $18::text IS NOT NULL
      ), counted AS (
        INSERT INTO ${schema}.usage AS kept (handle, records, bytes)
        SELECT * FROM unnest($15::text[], $16::bigint[], $17::bigint[])
        ${ADDING_USAGE})
      INSERT INTO ${schema}.records (space_id, ${COLUMNS})
      SELECT $1, * FROM unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::text[])
      ON CONFLICT ON CONSTRAINT records_by_key DO UPDATE SET
        id = excluded.id, run_id = excluded.run_id, payload = excluded.payload, expires_at = excluded.expires_at,
        lapses_at = excluded.lapses_at, author = excluded.author, token = excluded.token,
        revision = excluded.revision, received_at = excluded.received_at`,

    /**
     * One statement, so one moment: the end of the space, told beside the first row alone, and the rows before it. A row without
     * id: no records. Sizes are known without reading what is large, and what is beyond the bound is never read.
     */
    since: `SELECT ${page} FROM ${schema}.spaces AS space LEFT JOIN LATERAL (
        ${within(`SELECT r.* FROM ${schema}.records AS r WHERE r.space_id = space.space_id AND r.id > $2 ORDER BY r.id LIMIT $3`)}
      ) AS r ON true
      WHERE space.space_id = $1 ORDER BY r.id`,
    sinceOfKinds: `SELECT ${page} FROM ${schema}.spaces AS space LEFT JOIN LATERAL (
        ${within(`SELECT r.* FROM unnest($5::text[]) AS wanted (kind) CROSS JOIN LATERAL (
          SELECT * FROM ${schema}.records AS r
          WHERE r.space_id = space.space_id AND r.kind = wanted.kind AND r.id > $2 ORDER BY r.id LIMIT $3
        ) AS r
        ORDER BY r.id LIMIT $3`)}
      ) AS r ON true
      WHERE space.space_id = $1 ORDER BY r.id`,

    /**
     * What went of the next rows of a kind, and where to go on. See `Store.sweep` for what is kept. A look by key for each kind that a
     * record of its id, or of one that it names, may have.
     */
    sweepSome: `WITH seen AS (
        SELECT id, record_id, lapses_at, received_at, author, ${bytesOf('r')} AS bytes FROM ${schema}.records AS r
        WHERE space_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4
      ), gone AS (
        DELETE FROM ${schema}.records AS r USING seen
        WHERE r.space_id = $1 AND r.id = seen.id AND CASE
          WHEN EXISTS (SELECT 1 FROM ${schema}.rules WHERE space_id = $1 AND kind = $2 AND merge = 'lease')
          THEN seen.lapses_at < $5 AND seen.received_at < $7 AND NOT EXISTS (
            SELECT 1 FROM ${schema}.rules AS rule JOIN ${schema}.records AS other
              ON other.space_id = $1 AND other.record_key = ${keyOf('rule.kind', 'seen.record_id')}
            WHERE rule.space_id = $1 AND rule.kind <> $2
          )
          ELSE (seen.lapses_at < $5 OR (seen.lapses_at IS NULL AND seen.received_at < $6))
            -- One that may name any is NULL, and IN which there is one is never sure.
            AND seen.record_id NOT IN (
              SELECT named.id FROM ${schema}.rules AS rule
              JOIN ${schema}.records AS register ON register.space_id = $1 AND register.kind = rule.kind
              CROSS JOIN LATERAL (${namedIn('register.payload')}) AS named (id)
              WHERE rule.space_id = $1 AND rule.kind <> $2 AND rule.merge = 'latest'
                AND (register.lapses_at IS NULL OR register.lapses_at >= coalesce($5, 0))
            )
            AND NOT (
              (seen.lapses_at IS NULL OR EXISTS (
                SELECT 1 FROM ${schema}.rules WHERE space_id = $1 AND kind = $2 AND merge = 'latest'
              ))
              AND EXISTS (
                SELECT 1 FROM (SELECT seen.record_id UNION ${namedIn('r.payload')}) AS named (id)
                CROSS JOIN ${schema}.rules AS rule
                LEFT JOIN ${schema}.records AS other
                  ON other.space_id = $1 AND other.record_key = ${keyOf('rule.kind', 'named.id')}
                WHERE rule.space_id = $1 AND rule.kind <> $2 AND (named.id IS NULL OR (
                  other.id IS NOT NULL AND NOT (rule.merge = 'lease' AND other.lapses_at IS NULL)))
              )
            )
        END
        RETURNING r.id, r.token, seen.author, seen.bytes
      ), given_back AS (
        INSERT INTO ${schema}.usage AS kept (handle, records, bytes)
        SELECT author, -count(*), -sum(bytes) FROM gone GROUP BY author ORDER BY author COLLATE "C"
        ${ADDING_USAGE}
      ), raised AS (
        UPDATE ${schema}.spaces SET
          floor_id = greatest(floor_id, (SELECT max(id) FROM gone)),
          token_floor = greatest(token_floor, (SELECT max(token) FROM gone))
        WHERE space_id = $1 AND EXISTS (SELECT 1 FROM gone)
      )
      SELECT (SELECT count(*) FROM gone) AS removed, (SELECT count(*) FROM seen) AS seen, (SELECT max(id) FROM seen) AS after`,
    position: `SELECT nonce FROM ${schema}.positions WHERE space_id = $1 AND id = $2`,
    forgetPositions: `DELETE FROM ${schema}.positions WHERE space_id = $1 AND id <= $2`,
    /** One row, also where the space has none of these. */
    knownPositions: `SELECT space.last_id AS "lastId",
        (SELECT min(id) FROM ${schema}.positions WHERE space_id = $1) AS "firstId",
        (SELECT coalesce(json_agg(json_build_object('id', id, 'nonce', nonce)), '[]') FROM ${schema}.positions
          WHERE space_id = $1 AND id = ANY($2::bigint[])) AS found
      FROM ${schema}.spaces AS space WHERE space.space_id = $1`,
    lastPositions: `SELECT id, nonce FROM ${schema}.positions WHERE space_id = $1 ORDER BY id DESC LIMIT $2`,
    addPositions: `INSERT INTO ${schema}.positions (space_id, id, nonce) SELECT $1, * FROM unnest($2::bigint[], $3::text[])`,
    /** All spaces before any record: a push holds the lock of its space, and waits for rows. */
    lockSpaces: `SELECT FROM ${schema}.spaces ORDER BY space_id FOR NO KEY UPDATE`,
    lockedEpoch: `SELECT value FROM ${schema}.meta WHERE name = 'epoch' FOR UPDATE`,
    renew: (tokenLeap: number) => `
      UPDATE ${schema}.records SET token = token + ${tokenLeap} WHERE token IS NOT NULL;
      UPDATE ${schema}.spaces SET token_floor = token_floor + ${tokenLeap}`,
    renewEpoch: `UPDATE ${schema}.meta SET value = $1 WHERE name = 'epoch'`,
    renewChannel: `UPDATE ${schema}.meta SET value = $1 WHERE name = 'channel'`,
    floor: `SELECT floor_id AS "floorId" FROM ${schema}.spaces WHERE space_id = $1`,
    stats: `SELECT rule.kind, rule.merge, count(r.id) AS records, coalesce(sum(length(r.payload)), 0)::bigint AS "payloadCharacters",
        count(r.id) FILTER (WHERE r.received_at >= $2) AS "receivedLately",
        (array_agg(r.received_at ORDER BY r.id DESC))[1] AS "lastReceivedAt"
      FROM ${schema}.rules AS rule
      LEFT JOIN ${schema}.records AS r ON r.space_id = rule.space_id AND r.kind = rule.kind
      WHERE rule.space_id = $1 GROUP BY rule.kind, rule.merge ORDER BY rule.kind`,
  }
}

export type PostgresSql = ReturnType<typeof postgresSql>
