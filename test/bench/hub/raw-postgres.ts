import pg from 'pg'
import { type Contender, PAGE, WRITERS } from './contender.js'
import type { Row } from './rows.js'

const COLUMNS =
  'kind text, record_id text, run_id text, payload text, expires_at text, author text, token bigint, received_at text'

/** The same rows through the driver alone: one UNNEST and one commit a batch, a connection a writer. */
export function rawPostgres(address: string): Contender {
  return {
    name: 'pg itself, UNNEST',
    async open() {
      const url = new URL(address)
      url.searchParams.delete('schema')
      const pool = new pg.Pool({ connectionString: url.href, max: WRITERS })
      await pool.query('DROP TABLE IF EXISTS bench_rows')
      await pool.query(`CREATE TABLE bench_rows (space bigint, id bigint, ${COLUMNS}, PRIMARY KEY (space, id))`)
      return {
        prepare: (writer, batches) => {
          let last = 0
          return batches.map((batch) => {
            const values = [writer, ...columnsOf(batch, last)]
            last += batch.length
            return async () => {
              await pool.query({
                name: 'add',
                text: `INSERT INTO bench_rows SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[],
                  $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[])`,
                values,
              })
            }
          })
        },
        async readAll(writer) {
          let count = 0
          for (let cursor = 0; ; ) {
            const { rows } = await pool.query<{ id: string }>({
              name: 'page',
              text: 'SELECT * FROM bench_rows WHERE space = $1 AND id > $2 ORDER BY id LIMIT $3',
              values: [writer, cursor, PAGE],
            })
            count += rows.length
            if (rows.length < PAGE) return count
            cursor = Number(rows.at(-1)?.id)
          }
        },
        async close() {
          await pool.query('DROP TABLE bench_rows')
          await pool.end()
        },
      }
    },
  }
}

function columnsOf(batch: readonly Row[], last: number): unknown[][] {
  const column = (value: (row: Row, index: number) => unknown) => batch.map(value)
  return [
    column((_, index) => last + index + 1),
    column(() => 'reservation'),
    column(({ recordId }) => recordId),
    column(({ runId }) => runId),
    column(({ payloadJson }) => payloadJson),
    column(({ expiresAt }) => expiresAt),
    column(() => 'ada'),
    column(() => null),
    column(({ expiresAt }) => expiresAt),
  ]
}
