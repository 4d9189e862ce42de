/**
 * The statements of a {@link Directory}, which every dialect understands. Values are `$1`, `$2`; rows come out in the
 * spelling of TypeScript; what changes a row gives it back, so that it can be told whether there was one.
 *
 * @param schema that has the tables, quoted where it must be
 */
export function directorySql(schema: string) {
  const space = 'space_id AS id, owner, slug, visibility'
  const highestToken = `SELECT coalesce(max(token), 0) FROM ${schema}.records WHERE space_id = $1 AND kind = $2`
  const rulesOfSpace = `SELECT kind FROM ${schema}.rules WHERE space_id = $1`
  const identity = 'handle, fingerprint, public_key AS "publicKey", type'
  const invites = `SELECT code_hash AS "codeHash", handle, expires_at AS "expiresAt", owner, slug, role, uses, device
    FROM ${schema}.invites WHERE uses > 0 AND`
  const keys = `SELECT fingerprint, public_key AS "publicKey", '' AS label, CAST(0 AS BIGINT) AS "addedAt"
      FROM ${schema}.identities WHERE handle = $1 AND fingerprint <> ''
      UNION ALL SELECT fingerprint, public_key, label, added_at FROM ${schema}.devices WHERE handle = $1`
  return {
    hubSecret: `SELECT value AS secret FROM ${schema}.meta WHERE name = 'hub_secret'`,
    keepHubSecret: `INSERT INTO ${schema}.meta (name, value) VALUES ('hub_secret', $1) ON CONFLICT DO NOTHING`,
    replaceHubSecret: `INSERT INTO ${schema}.meta (name, value) VALUES ('hub_secret', $1)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`,

    spaces: `SELECT ${space} FROM ${schema}.spaces ORDER BY owner, slug`,
    findSpace: `SELECT ${space} FROM ${schema}.spaces WHERE owner = $1 AND slug = $2`,
    createSpace: `INSERT INTO ${schema}.spaces (owner, slug) SELECT $1, $2
      WHERE (SELECT count(*) FROM ${schema}.spaces WHERE owner = $1) < $3
      ON CONFLICT DO NOTHING RETURNING space_id AS id`,
    setVisibility: `UPDATE ${schema}.spaces SET visibility = $1 WHERE space_id = $2 RETURNING space_id AS id`,
    rulesOfSpace: `SELECT kind, merge FROM ${schema}.rules WHERE space_id = $1 ORDER BY kind`,
    setRule: `INSERT INTO ${schema}.rules (space_id, kind, merge) VALUES ($1, $2, $3)
      ON CONFLICT (space_id, kind) DO UPDATE SET merge = excluded.merge`,
    /** Keeps pushes out until the commit. What is read of records after it is what those before it have left. */
    lockForRule: `UPDATE ${schema}.spaces SET last_id = last_id WHERE space_id = $1
      AND ($2 IN (${rulesOfSpace}) OR $3 > (SELECT count(*) FROM (${rulesOfSpace}) AS fixed)) RETURNING space_id AS id`,
    keepTokens: `UPDATE ${schema}.spaces SET token_floor = CASE WHEN token_floor < (${highestToken}) THEN (${highestToken})
      ELSE token_floor END WHERE space_id = $1`,
    giveTokens: `UPDATE ${schema}.records SET token = (SELECT token_floor FROM ${schema}.spaces WHERE space_id = $1)
      WHERE space_id = $1 AND kind = $2 AND token IS NULL`,

    members: `SELECT handle, role FROM ${schema}.members WHERE space_id = $1 ORDER BY handle`,
    role: `SELECT role FROM ${schema}.members WHERE space_id = $1 AND handle = $2`,
    setMember: `INSERT INTO ${schema}.members (space_id, handle, role) VALUES ($1, $2, $3)
      ON CONFLICT (space_id, handle) DO UPDATE SET role = excluded.role RETURNING handle`,
    removeMember: `DELETE FROM ${schema}.members WHERE space_id = $1 AND handle = $2 RETURNING handle`,

    usage: `SELECT (SELECT count(*) FROM ${schema}.spaces WHERE owner = $1) AS spaces,
      coalesce((SELECT records FROM ${schema}.usage WHERE handle = $1), 0) AS records,
      coalesce((SELECT bytes FROM ${schema}.usage WHERE handle = $1), 0) AS bytes`,
    usages: `SELECT handle, records, bytes FROM ${schema}.usage WHERE records > 0 ORDER BY bytes DESC, handle`,
    addUsage: `INSERT INTO ${schema}.usage AS kept (handle, records, bytes) VALUES ($1, $2, $3)
      ${ADDING_USAGE}`,
    /** Of a space that has come as a whole. In order: two who count wait in no circle. */
    countUsage: countUsage(schema, 'WHERE r.space_id = $1'),

    identities: `SELECT ${identity} FROM ${schema}.identities ORDER BY handle`,
    findIdentity: `SELECT ${identity} FROM ${schema}.identities WHERE handle = $1`,
    findAlike: `SELECT handle FROM ${schema}.identities WHERE skeleton = ${alike('CAST($1 AS TEXT)')}`,
    /** Neither where the handle is there nor where one is that is alike. */
    addIdentity: `INSERT INTO ${schema}.identities (handle, fingerprint, public_key, type, skeleton)
      VALUES ($1, $2, $3, $4, ${alike('CAST($1 AS TEXT)')}) ON CONFLICT DO NOTHING`,
    addAlikeIdentity: `INSERT INTO ${schema}.identities (handle, fingerprint, public_key, type) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING`,
    replaceIdentity: `UPDATE ${schema}.identities SET fingerprint = $1, public_key = $2, type = $3
      WHERE handle = $4 AND fingerprint = $5
      AND NOT EXISTS (SELECT 1 FROM ${schema}.devices WHERE handle = $4 AND fingerprint = $1) RETURNING handle`,

    keys: `${keys} ORDER BY "addedAt", fingerprint`,
    /** A row for each key of $1, and one where it has none, with the space $2/$3 beside it, where there is one. */
    findVisitor: `SELECT own.*, space.space_id AS id, space.visibility, member.role
      FROM (SELECT 1) AS one LEFT JOIN (${keys}) AS own ON true
      LEFT JOIN ${schema}.spaces AS space ON space.owner = $2 AND space.slug = $3
      LEFT JOIN ${schema}.members AS member ON member.space_id = space.space_id AND member.handle = $1
      ORDER BY own."addedAt", own.fingerprint`,
    addDevice: `INSERT INTO ${schema}.devices (handle, fingerprint, public_key, label, added_at)
      SELECT $1, $2, $3, $4, CAST($5 AS BIGINT) WHERE (SELECT count(*) FROM ${schema}.devices WHERE handle = $1) < $6
      AND EXISTS (SELECT 1 FROM ${schema}.identities WHERE handle = $1 AND fingerprint <> $2)
      ON CONFLICT DO NOTHING RETURNING handle`,
    replaceDevice: `UPDATE ${schema}.devices SET fingerprint = $1, public_key = $2 WHERE handle = $3 AND fingerprint = $4
      AND NOT EXISTS (SELECT 1 FROM ${schema}.devices WHERE handle = $3 AND fingerprint = $1)
      AND NOT EXISTS (SELECT 1 FROM ${schema}.identities WHERE handle = $3 AND fingerprint = $1) RETURNING handle`,
    removeDevice: `DELETE FROM ${schema}.devices WHERE handle = $1 AND fingerprint = $2 RETURNING handle`,

    noteAct: `INSERT INTO ${schema}.acts (space_id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
    trimActs: `DELETE FROM ${schema}.acts WHERE space_id = $1 AND act_id <=
      (SELECT act_id FROM ${schema}.acts WHERE space_id = $1 ORDER BY act_id DESC LIMIT 1 OFFSET $2)`,
    trimKeyActs: `DELETE FROM ${schema}.acts WHERE space_id = 0 AND subject = $1 AND act_id <=
      (SELECT act_id FROM ${schema}.acts WHERE space_id = 0 AND subject = $1 ORDER BY act_id DESC LIMIT 1 OFFSET $2)`,
    acts: `SELECT act_id AS id, at, actor, action, subject, detail FROM ${schema}.acts
      WHERE (space_id = $1 OR space_id = 0 AND (subject = $2 OR subject IN
        (SELECT handle FROM ${schema}.members WHERE space_id = $1))) AND act_id < $3
      ORDER BY act_id DESC LIMIT $4`,
    actsAfter: `SELECT space_id AS "spaceId", subject FROM ${schema}.acts WHERE act_id > $1 ORDER BY act_id LIMIT $2`,
    lastAct: `SELECT coalesce(max(act_id), 0) AS id FROM ${schema}.acts`,

    addNonce: `INSERT INTO ${schema}.nonces (nonce_hex, fingerprint, expires_at) VALUES ($1, $2, $3)`,
    takeNonce: `DELETE FROM ${schema}.nonces WHERE nonce_hex = $1
      RETURNING nonce_hex AS "nonceHex", fingerprint, expires_at AS "expiresAt"`,
    forgetNonces: `DELETE FROM ${schema}.nonces WHERE expires_at < $1`,

    useSignature: `INSERT INTO ${schema}.used_signatures (hash, expires_at) VALUES ($1, $2)
      ON CONFLICT DO NOTHING RETURNING hash`,
    forgetSignatures: `DELETE FROM ${schema}.used_signatures WHERE expires_at < $1`,

    addInvite: `INSERT INTO ${schema}.invites AS kept (code_hash, handle, expires_at, owner, slug, role, uses, device)
      SELECT $1, $2, CAST($3 AS BIGINT), $4, $5, $6, CAST($7 AS INTEGER), CAST($8 AS INTEGER)
      WHERE EXISTS (SELECT 1 FROM ${schema}.invites WHERE code_hash = $1) OR $9 > (SELECT count(*) FROM ${schema}.invites
        WHERE owner = $4 OR (device = 1 AND CAST($8 AS INTEGER) = 1 AND handle = $2))
      ON CONFLICT (code_hash) DO UPDATE SET uses = kept.uses + excluded.uses
      RETURNING code_hash`,
    forgetInvites: `DELETE FROM ${schema}.invites WHERE expires_at < $1`,
    takeInvite: `UPDATE ${schema}.invites SET uses = uses - 1 WHERE code_hash = $1 AND uses > 0
      RETURNING code_hash AS "codeHash", handle, expires_at AS "expiresAt", owner, slug, role, uses, device`,
    forgetInvite: `DELETE FROM ${schema}.invites WHERE code_hash = $1 AND uses = 0`,
    invitesInto: `${invites} owner = $1 AND slug = $2 AND expires_at >= $3 ORDER BY expires_at, code_hash`,
    invitesOfDevices: `${invites} device = 1 AND handle = $1 AND expires_at >= $2 ORDER BY expires_at, code_hash`,
    removeInviteInto: `DELETE FROM ${schema}.invites WHERE code_hash = $1 AND owner = $2 AND slug = $3 RETURNING code_hash`,
    removeInviteOfDevice: `DELETE FROM ${schema}.invites WHERE code_hash = $1 AND device = 1 AND handle = $2
      RETURNING code_hash`,
    forgetInvitesBy: `DELETE FROM ${schema}.invites WHERE (handle = $1 AND device = 1) OR owner = $1`,
  }
}

/**
 * What handles have in common that a person may take for one another: their letters whatever the case, their signs between them
 * whatever the sign, none at the end; 0 and o, and 1, i and l. It is kept with each handle, so another one takes a migration.
 */
export function alike(handle: string): string {
  const pairs = [
    ['.', '-'],
    ['_', '-'],
    ['0', 'o'],
    ['1', 'l'],
    ['i', 'l'],
  ]
  return pairs.reduce((sql, [from, to]) => `replace(${sql}, '${from}', '${to}')`, `rtrim(lower(${handle}), '._-')`)
}

/**
 * Keeps with each handle what is {@link alike}, and with no two the same. Of those that are so already the first has it, and the
 * others stay without. What was asked before by an index over all of them is asked by this one.
 */
export function keepSkeletons(schema: string): string {
  const { identities, index } = { identities: `${schema}.identities`, index: `${schema}.identities_alike` }
  return `DROP INDEX ${index};
    UPDATE ${identities} SET skeleton = ${alike('handle')}
      WHERE handle IN (SELECT min(handle) FROM ${identities} GROUP BY ${alike('handle')})`
}

/** Where a handle has something already, what comes is added to it. The table is called `kept`. */
export const ADDING_USAGE = `ON CONFLICT (handle) DO UPDATE SET
  records = kept.records + excluded.records, bytes = kept.bytes + excluded.bytes`

/** What a record counts for, see {@link Usage}. @param record its alias */
export function bytesOf(record: string): string {
  const columns = ['payload', 'run_id', 'record_id', 'kind']
  return columns.map((column) => `octet_length(${record}.${column})`).join(' + ')
}

/** Adds to what handles have what is there of them already. @param where which records `r` */
export function countUsage(schema: string, where: string): string {
  return `INSERT INTO ${schema}.usage AS kept (handle, records, bytes)
    SELECT r.author, count(*), sum(${bytesOf('r')}) FROM ${schema}.records AS r ${where} GROUP BY r.author ORDER BY r.author
    ${ADDING_USAGE}`
}

export type DirectorySql = ReturnType<typeof directorySql>
