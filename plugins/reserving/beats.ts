import { type CoordRecord, type RecordSource, timeOf } from '../../src/plugin.js'

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
export interface Beat {
  readonly runId: string
  /** Milliseconds since 1970; `null` where no heartbeat tells. */
  readonly lastBeatAt: number | null
  /** Until when the run counts as alive by them: milliseconds since 1970; `null`: they do not tell. */
  readonly aliveUntil: number | null
  /** By reservation id: what the latest beat that names the reservation says. */
  readonly extensions: ReadonlyMap<string, Extension>
}

/**
 * The heartbeats by run: those of one file a run, which carry all extensions, and those of other programs, which keep a
 * file a reservation. All copies of one run are read together.
 */
export function readBeats(records: RecordSource): ReadonlyMap<string, Beat> {
  const beats = new Map<string, Beat>()
  for (const entry of records.entries('heartbeat')) {
    const heartbeats = [entry, ...entry.shadowed].map((copy: CoordRecord) => copy.payload as Heartbeat)
    const times = heartbeats.flatMap(({ last_beat_at: at }) => timeOf(at) ?? [])
    // A file of other programs says no more than how far it extends its reservation.
    const ends = heartbeats.map((one) => timeOf(one.expires_at) ?? timeOf(one.extended_expires_at))
    beats.set(entry.recordId, {
      runId: entry.recordId,
      lastBeatAt: times.length === 0 ? null : Math.max(...times),
      aliveUntil:
        ends.reduce((latest, end) => (latest === null || end === null ? null : Math.max(latest, end))) ?? null,
      extensions: extensionsOf(heartbeats),
    })
  }
  return beats
}

function extensionsOf(heartbeats: readonly Heartbeat[]): ReadonlyMap<string, Extension> {
  const latest = new Map<string, Extension>()
  for (const payload of heartbeats) {
    const beatAt = timeOf(payload.last_beat_at) ?? Number.NEGATIVE_INFINITY
    for (const [reservationId, end] of extendedBy(payload)) {
      const until = timeOf(end)
      if (until === null) continue
      const known = latest.get(reservationId)
      const isLater = known === undefined || beatAt > known.beatAt || (beatAt === known.beatAt && until > known.until)
      if (isLater) latest.set(reservationId, { beatAt, until })
    }
  }
  return latest
}

/** Nobody has asked the schema, so each field is taken for what it is. */
function extendedBy({ reservations, reservation_id, extended_expires_at }: Heartbeat): [string, unknown][] {
  const extended: [string, unknown][] = []
  if (typeof reservations === 'object' && reservations !== null) extended.push(...Object.entries(reservations))
  if (typeof reservation_id === 'string') extended.push([reservation_id, extended_expires_at])
  return extended
}
