import { type Beat, formatTimestamp, type RecordSource, timeOf } from '../../src/plugin.js'
import { readText } from '../fields.js'

/** That a run is alive, and how far it extends its reservations. One a run: a newer one replaces it. */
export interface Heartbeat {
  run_id?: string
  last_beat_at?: string
  expires_at?: string | null
  /** Extended until, by reservation id. */
  reservations?: Record<string, string>
  /** Other writers keep one file a reservation, with these two fields. */
  reservation_id?: string
  extended_expires_at?: string | null
}

/** Until when a reservation is extended, and by which beat. Milliseconds since 1970. */
export interface Extension {
  readonly beatAt: number
  readonly until: number
}

/** What the heartbeats of one run say. */
export interface RunBeats {
  /** Until when the run counts as alive by them: milliseconds since 1970; `null`: they do not tell. */
  readonly aliveUntil: number | null
  /** By reservation id: what the latest beat that names the reservation says. */
  readonly extensions: ReadonlyMap<string, Extension>
}

/**
 * The heartbeats by run: those of one file a run, which carry all extensions, and those of other programs, which keep a
 * file a reservation. All copies of one run are read together.
 */
export function readRunBeats(records: RecordSource): ReadonlyMap<string, RunBeats> {
  return new Map(
    records.entries('heartbeat').map((entry) => {
      const beats = [entry, ...entry.shadowed].map(({ payload }) => readBeat(payload))
      return [entry.recordId, { aliveUntil: aliveUntil(beats), extensions: latestExtensions(beats) }]
    }),
  )
}

/**
 * The heartbeats of one run, of whichever form, as one of a file a run: the latest word on each reservation, and alive as
 * long as any of them says.
 */
export function combineHeartbeats(heartbeats: readonly Heartbeat[]): Heartbeat {
  const { reservation_id: _, extended_expires_at: __, ...combined }: Heartbeat = Object.assign({}, ...heartbeats)
  const beats = heartbeats.map(readBeat)
  const at = Math.max(...beats.map((beat) => beat.at ?? Number.NEGATIVE_INFINITY))
  const until = aliveUntil(beats)
  return {
    ...combined,
    ...(Number.isFinite(at) && { last_beat_at: formatTimestamp(at) }),
    expires_at: until === null ? null : formatTimestamp(until),
    reservations: Object.fromEntries(
      Array.from(latestExtensions(beats), ([id, { until: end }]) => [id, formatTimestamp(end)]),
    ),
  }
}

/** One heartbeat, and until when it extends which reservations. */
export function readBeat(heartbeat: Heartbeat): Beat & { readonly extended: readonly (readonly [string, number])[] } {
  const { run_id, last_beat_at, expires_at, reservations, reservation_id, extended_expires_at } = heartbeat
  const pairs: [string, unknown][] = []
  if (typeof reservations === 'object' && reservations !== null) pairs.push(...Object.entries(reservations))
  if (typeof reservation_id === 'string') pairs.push([reservation_id, extended_expires_at])
  return {
    runId: readText(run_id) ?? '',
    at: timeOf(last_beat_at),
    // A file of other programs says no more than how far it extends its reservation.
    until: timeOf(expires_at) ?? timeOf(extended_expires_at),
    extended: pairs.flatMap(([id, end]) => {
      const until = timeOf(end)
      return until === null ? [] : [[id, until] as const]
    }),
  }
}

/** `null`: one of them names no end. */
function aliveUntil(beats: readonly Beat[]): number | null {
  const ends = beats.map(({ until }) => until)
  return ends.includes(null) ? null : Math.max(...(ends as number[]))
}

function latestExtensions(beats: readonly ReturnType<typeof readBeat>[]): ReadonlyMap<string, Extension> {
  const latest = new Map<string, Extension>()
  for (const { at, extended } of beats) {
    const beatAt = at ?? Number.NEGATIVE_INFINITY
    for (const [reservationId, until] of extended) {
      const known = latest.get(reservationId)
      const isLater = known === undefined || beatAt > known.beatAt || (beatAt === known.beatAt && until > known.until)
      if (isLater) latest.set(reservationId, { beatAt, until })
    }
  }
  return latest
}
