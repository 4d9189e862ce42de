import type { IndexDatabase } from './index-database.js'
import { IndexDamaged } from './index-fault.js'

/** Until when the ends of records are accounted for, in milliseconds since 1970: the last look that wrote something. */
export function lastLook(database: IndexDatabase): number {
  const row = database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'looked_at'`)
  const time = typeof row?.value === 'string' ? Number(row.value) : Number.NaN
  if (!Number.isFinite(time)) throw new IndexDamaged(`says ${String(row?.value)} of its last look`)
  return time
}

export function noteLook(database: IndexDatabase, now: number): void {
  database.run(`UPDATE meta SET value = ? WHERE name = 'looked_at'`, String(now))
}

/**
 * Whether a record of some directories has ended since the last look, or stands again by a clock that was set back: its file
 * is asked after once more, and then the look is noted, so that it is asked after no more.
 */
export function lapsesSinceLastLook(database: IndexDatabase, directories: readonly number[], now: number): boolean {
  const look = lastLook(database)
  const row = database.get(
    'SELECT 1 FROM files WHERE directory IN (SELECT value FROM json_each(?)) AND kept_until > ? AND kept_until <= ? LIMIT 1',
    JSON.stringify(directories),
    Math.min(look, now),
    Math.max(look, now),
  )
  return row !== undefined
}

/**
 * Whether all local files that are kept were asked after within so many milliseconds. Times are milliseconds since 1970.
 *
 * @param here when this process did so last
 */
export function wereKeptAskedWithin(
  database: IndexDatabase,
  milliseconds: number,
  now: number,
  here: number | undefined,
): boolean {
  if (milliseconds === 0) return false
  const row = database.get<{ value: unknown }>(`SELECT value FROM meta WHERE name = 'asked_at'`)
  // By a clock that was set back since nothing can be told.
  const isRecent = (time: number) => now - time >= 0 && now - time <= milliseconds
  return isRecent(here ?? Number.NaN) || isRecent(Number(row?.value))
}

export function noteKeptAsked(database: IndexDatabase, now: number): void {
  database.run(`INSERT OR REPLACE INTO meta VALUES ('asked_at', ?)`, String(now))
}
