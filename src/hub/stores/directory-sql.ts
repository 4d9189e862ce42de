/**
 * The statements of a {@link Directory}, which every dialect understands. Values are `$1`, `$2`; rows come out in the
 * spelling of TypeScript; what changes a row gives it back, so that it can be told whether there was one.
 *
 * @param schema that has the tables, quoted where it must be
 */
export function directorySql(schema: string) {
  const space = 'space_id AS id, owner, slug, visibility'
  const identity = 'handle, fingerprint, public_key AS "publicKey", type'
  return {
    spaces: `SELECT ${space} FROM ${schema}.spaces ORDER BY owner, slug`,
    findSpace: `SELECT ${space} FROM ${schema}.spaces WHERE owner = $1 AND slug = $2`,
    createSpace: `INSERT INTO ${schema}.spaces (owner, slug) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
    setVisibility: `UPDATE ${schema}.spaces SET visibility = $1 WHERE space_id = $2`,

    members: `SELECT handle, role FROM ${schema}.members WHERE space_id = $1 ORDER BY handle`,
    setMember: `INSERT INTO ${schema}.members (space_id, handle, role) VALUES ($1, $2, $3)
      ON CONFLICT (space_id, handle) DO UPDATE SET role = excluded.role`,
    removeMember: `DELETE FROM ${schema}.members WHERE space_id = $1 AND handle = $2 RETURNING handle`,

    identities: `SELECT ${identity} FROM ${schema}.identities ORDER BY handle`,
    findIdentity: `SELECT ${identity} FROM ${schema}.identities WHERE handle = $1`,
    addIdentity: `INSERT INTO ${schema}.identities (handle, fingerprint, public_key, type) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING`,
    replaceIdentity: `UPDATE ${schema}.identities SET fingerprint = $1, public_key = $2, type = $3
      WHERE handle = $4 AND fingerprint = $5 RETURNING handle`,

    addNonce: `INSERT INTO ${schema}.nonces (nonce_hex, fingerprint, expires_at) VALUES ($1, $2, $3)`,
    takeNonce: `DELETE FROM ${schema}.nonces WHERE nonce_hex = $1
      RETURNING nonce_hex AS "nonceHex", fingerprint, expires_at AS "expiresAt"`,
    forgetNonces: `DELETE FROM ${schema}.nonces WHERE expires_at < $1`,

    useSignature: `INSERT INTO ${schema}.used_signatures (hash, expires_at) VALUES ($1, $2)
      ON CONFLICT DO NOTHING RETURNING hash`,
    forgetSignatures: `DELETE FROM ${schema}.used_signatures WHERE expires_at < $1`,

    addInvite: `INSERT INTO ${schema}.invites (code_hash, handle, expires_at) VALUES ($1, $2, $3)`,
    takeInvite: `DELETE FROM ${schema}.invites WHERE code_hash = $1
      RETURNING code_hash AS "codeHash", handle, expires_at AS "expiresAt"`,
  }
}

export type DirectorySql = ReturnType<typeof directorySql>
