import pg from 'pg'
import { recordKey } from '../../../src/hub/stores/record-key.js'
import { PAGE, WRITERS } from './contender.js'
import type { Row } from './rows.js'
import type { KeptRow, RowsInStore } from './rows-in-store.js'

const COLUMNS =
  'kind text, record_id text, run_id text, payload text, expires_at text, author text, token bigint, received_at text, record_key text'

/**
 * The driver alone: one UNNEST and one commit a batch, a connection a writer.
 *
 * @param isKeyed as with SQLite
 */
export async function postgresRows(address: string, isKeyed = false): Promise<RowsInStore> {
  const url = new URL(address)
  url.searchParams.delete('schema')
  const pool = new pg.Pool({ connectionString: url.href, max: WRITERS })
  await pool.query('DROP TABLE IF EXISTS bench_rows')
  await pool.query(`CREATE TABLE bench_rows (space bigint, id bigint, ${COLUMNS}, PRIMARY KEY (space, id))`)
  if (isKeyed) await pool.query('CREATE UNIQUE INDEX ON bench_rows (space, record_key)')
  return {
    prepare: (space, first, batch) => {
      const values = [space, ...columnsOf(batch, first, isKeyed)]
      return async () => {
        await pool.query({
          name: 'add',
          text: `INSERT INTO bench_rows SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[])`,
          values,
        })
      }
    },
    async page(space, behind) {
      const { rows } = await pool.query<KeptRow>({
        name: 'page',
        text: 'SELECT * FROM bench_rows WHERE space = $1 AND id > $2 ORDER BY id LIMIT $3',
        values: [space, behind, PAGE],
      })
      return rows
    },
    async close() {
      await pool.query('DROP TABLE bench_rows')
      await pool.end()
    },
  }
}

function columnsOf(batch: readonly Row[], first: number, isKeyed: boolean): unknown[][] {
  const column = (value: (row: Row, index: number) => unknown) => batch.map(value)
  return [
    column((_, index) => first + index),
    column(() => 'reservation'),
    column(({ recordId }) => recordId),
    column(({ runId }) => runId),
    column(({ payloadJson }) => payloadJson),
    column(({ expiresAt }) => expiresAt),
    column(() => 'ada'),
    column(() => null),
    column(({ expiresAt }) => expiresAt),
    column(({ recordId }) => (isKeyed ? recordKey({ kind: 'reservation', recordId }) : null)),
  ]
}
