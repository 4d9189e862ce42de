import type { Space } from '../space-directory.js'
import type { SweepRule, Swept } from '../store-upkeep.js'
import type { PostgresDatabase } from './database.js'
import type { PostgresSql } from './statements.js'

/** Rows looked at in one transaction: writers of the space wait as long. */
const ROWS_AT_ONCE = 5_000

type Step = { removed: number; seen: number; after: number | null }

/** Retention of a PostgreSQL store: walks through each kind a little at a time. */
export async function sweepPostgres(
  database: PostgresDatabase,
  sql: PostgresSql,
  { space, rules, signal }: { space: Space; rules: readonly SweepRule[]; signal?: AbortSignal | undefined },
): Promise<Swept> {
  const removed = new Map<string, number>()
  for (const { kind, lapsedBefore, receivedBefore } of rules) {
    const [received, lapsed] = [receivedBefore, lapsedBefore].map((time) =>
      time === null ? null : new Date(time).toISOString(),
    )
    for (let after: number | null = 0; after !== null && !signal?.aborted; ) {
      const step: Step = await database.withClient(async (client) => {
        await client.query('BEGIN')
        // Before any row: a push that holds this lock may be about to change a row that goes.
        await client.query(sql.lockSpace, [space.id])
        const { rows } = await client.query<Step>(sql.sweepSome, [
          ...[space.id, kind, after, ROWS_AT_ONCE],
          ...[lapsedBefore, received, lapsed],
        ])
        await client.query('COMMIT')
        return rows[0] as Step
      })
      if (step.removed > 0) removed.set(kind, (removed.get(kind) ?? 0) + step.removed)
      after = step.seen < ROWS_AT_ONCE ? null : step.after
    }
  }
  const [row] = await database.query<{ floorId: number }>(sql.floor, [space.id])
  return { removed, floorId: row?.floorId ?? 0 }
}
