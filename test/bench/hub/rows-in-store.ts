import { type Contender, PAGE } from './contender.js'
import type { Row } from './rows.js'

/** A table of rows in a database, with no hub about it. */
export interface RowsInStore {
  /**
   * What can be made before the clock runs. The action writes the batch in one transaction, as durable as in a hub.
   *
   * @param first the id of the first row
   */
  prepare(space: number, first: number, batch: readonly Row[]): () => Promise<void>
  /** The next {@link PAGE} rows behind an id, or what there is. */
  page(space: number, behind: number): Promise<readonly KeptRow[]>
  close(): Promise<void>
}

export interface KeptRow {
  /** PostgreSQL's driver gives it as a text. */
  readonly id: number | string
  readonly kind: string
  readonly record_id: string
  readonly run_id: string
  readonly payload: string
  readonly expires_at: string
  readonly author: string
  readonly token: number | null
  readonly received_at: string
}

/** Writes and reads the rows without a hub. */
export function rawContender(name: string, openRows: () => Promise<RowsInStore>): Contender {
  return {
    name,
    async open() {
      const rows = await openRows()
      return {
        prepare: (writer, batches) => {
          let next = 1
          return batches.map((batch) => {
            const first = next
            next += batch.length
            return rows.prepare(writer, first, batch)
          })
        },
        async readAll(writer) {
          let count = 0
          for (let behind = 0; ; ) {
            const page = await rows.page(writer, behind)
            count += page.length
            if (page.length < PAGE) return count
            behind = Number(page.at(-1)?.id)
          }
        },
        close: () => rows.close(),
      }
    },
  }
}
