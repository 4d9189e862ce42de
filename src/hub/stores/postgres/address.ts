import { coordError } from '../../../base/errors.js'

/** The PostgreSQL schema in which a hub keeps its tables unless its address says otherwise. */
const DEFAULT_SCHEMA = 'muse_coord'

/** What a `postgres://` address says. */
export interface PostgresAddress {
  /** For the driver. Holds the password. */
  connectionString: string
  /** Quoted, to stand in a statement. */
  schema: string
  /** For people: where, without credentials. */
  name: string
}

/**
 * Reads an address as PostgreSQL spells it: `postgres://user:password@host:port/database`, with one parameter of our
 * own: `?schema=NAME`.
 *
 * @throws `STORE_FAILED`
 */
export function readPostgresAddress(spec: string): PostgresAddress {
  if (!URL.canParse(spec)) throw coordError('STORE_FAILED', 'postgres://…', 'its address is no URL')
  const url = new URL(spec)
  const name = `postgres://${url.host}${url.pathname}`
  const schema = url.searchParams.get('schema') ?? DEFAULT_SCHEMA
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw coordError('STORE_FAILED', name, 'schema must be 1–63 of a-z0-9_ and begin with no digit')
  }
  url.searchParams.delete('schema')
  return { connectionString: url.href, schema: `"${schema}"`, name }
}
