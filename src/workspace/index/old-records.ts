import type { IndexDatabase } from './index-database.js'
import { IndexDamaged } from './index-fault.js'

export interface OldRecordsQuery {
  /** Milliseconds since 1970. A file that came here later is not old either, whenever its record ended. */
  readonly endedBefore: number
  /** The most rows of files that one call looks at. */
  readonly limit: number
  readonly now: number
}

/** A file's place in the order in which records ended. */
interface Row {
  readonly id: number
  readonly record_id: string
  readonly kept_until: number
}

/** Where the last call stopped, and when the round before this one was through. */
interface Round {
  readonly keptUntil: number
  readonly file: number
  readonly endedAt: number
}

/** What stays is looked at again after so long: what needed it may be over by then, or sent. */
const ROUND_PAUSE_MS = 3_600_000

/** Earlier than every end. */
const EVER = Number.MIN_SAFE_INTEGER

/**
 * The ids of the records that ended first, from where the last call stopped; none for a while after all have had their
 * turn. Called inside a transaction, so that two processes are never given the same.
 */
export function nextOldRecords(database: IndexDatabase, { endedBefore, limit, now }: OldRecordsQuery): string[] {
  const round = readRound(database)
  const isAtStart = round.file === 0
  if (isAtStart && Math.abs(now - round.endedAt) < ROUND_PAUSE_MS) return []
  const rows = database.all<Row>(
    `SELECT id, record_id, kept_until FROM files
      WHERE record_id IS NOT NULL AND arrived_at <= ? AND kept_until <= ? AND (kept_until, id) > (?, ?)
      ORDER BY kept_until, id LIMIT ?`,
    endedBefore,
    endedBefore,
    round.keptUntil,
    round.file,
    limit,
  )
  const last = rows.length < limit ? undefined : rows.at(-1)
  writeRound(
    database,
    last === undefined
      ? { keptUntil: EVER, file: 0, endedAt: now }
      : { keptUntil: last.kept_until, file: last.id, endedAt: round.endedAt },
  )
  return [...new Set(rows.map(({ record_id: id }) => id))]
}

function readRound(database: IndexDatabase): Round {
  const row = database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'round'`)
  if (row === undefined) return { keptUntil: EVER, file: 0, endedAt: EVER }
  const [keptUntil, file, endedAt, ...rest] = String(row.value).split(' ').map(Number)
  const isWhole = [keptUntil, file, endedAt].every((one) => Number.isFinite(one)) && rest.length === 0
  if (!isWhole) throw new IndexDamaged(`says ${String(row.value)} of its round`)
  return { keptUntil, file, endedAt } as Round
}

function writeRound(database: IndexDatabase, { keptUntil, file, endedAt }: Round): void {
  database.run(`INSERT OR REPLACE INTO meta VALUES ('round', ?)`, `${keptUntil} ${file} ${endedAt}`)
}
