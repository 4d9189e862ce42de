import {
  type CoordRecord,
  extendedEnd,
  type GivingBack,
  type NewRecord,
  type RecordSource,
  type SeenCopy,
  type SeenRecord,
  timeOf,
} from '../../src/plugin.js'
import { readText } from '../fields.js'
import { type Renewal, type RunBeats, readRunBeats } from './beats.js'

/** That a reservation was given back before it lapsed. */
export interface Release {
  release_id?: string
  run_id?: string
  reservation_id?: string
  released_at?: string
  reason?: string | null
  /** By another run of its author, or by the owner of the space: it counts whatever run it names. */
  forced?: boolean
  /** When it counts from, if not at once: until then its run may go on, and no beat of that extends it. */
  effective_at?: string
}

/** When a reservation ends or has ended. */
export interface ReservationEnd {
  /** Milliseconds since 1970; `null`: not before it is released. */
  readonly until: number | null
  readonly isReleased: boolean
  /** The same by what the hub has taken alone: no beat counts that has not come to it. */
  readonly confirmedUntil: number | null
  /** Whether another run takes it at its end, so that nothing extends it. */
  readonly isTaken: boolean
  /** Who ended it for its run, and when; `null`: nobody but the run itself. */
  readonly takenBy: Taking | null
}

/** That a reservation was ended by somebody else than its run. */
export interface Taking {
  /** A run, or the handle of the space's owner; `''`: it does not tell. */
  readonly runId: string
  /** Milliseconds since 1970 by the clock of who took it; `null`: it does not tell. */
  readonly at: number | null
}

/** Reads heartbeats and releases once, and returns what tells the end of each reservation. */
export function readReservationEnds(records: RecordSource): (reservation: SeenCopy) => ReservationEnd {
  const beats = readRunBeats(records)
  const releases = readReleases(records)
  return (reservation) => {
    const { end, confirmedUntil } = effectiveEnd(reservation, beats.get(reservation.runId))
    const ownReleases = (releases.get(reservation.recordId) ?? []).filter((one) => records.mayEnd(reservation, one))
    if (ownReleases.length === 0) {
      return { until: end, isReleased: false, confirmedUntil, isTaken: false, takenBy: null }
    }
    const times = ownReleases.flatMap(({ payload }) => effectiveAt(payload) ?? [])
    const until = Math.min(...times, end ?? Number.POSITIVE_INFINITY)
    const isReleased = ownReleases.some(({ payload }) => !isAhead(payload, records.now))
    return {
      until: Number.isFinite(until) ? until : null,
      isReleased,
      confirmedUntil,
      isTaken: !isReleased,
      takenBy: takingOf(reservation, ownReleases),
    }
  }
}

/** What ends it at once or has ended it, if that is by somebody else alone: after its run has given it back nobody takes it. */
function takingOf(reservation: SeenCopy, releases: readonly SeenRecord[]): Taking | null {
  const isOwn = ({ runId, payload }: SeenRecord) => runId === reservation.runId && (payload as Release).forced !== true
  const [first] = releases
  if (first === undefined || releases.some(isOwn)) return null
  return { runId: first.runId, at: effectiveAt(first.payload) }
}

/**
 * When a reservation ends unless it is released: its own expiry, and what the heartbeats of its run extend it to. Milliseconds
 * since 1970; `null`: never.
 */
function effectiveEnd(
  { recordId, expiresAt, author }: Pick<SeenCopy, 'recordId' | 'expiresAt' | 'author'>,
  beats: Pick<RunBeats, 'renewals'> | undefined,
): { readonly end: number | null; readonly confirmedUntil: number | null } {
  if (expiresAt === null) return { end: null, confirmedUntil: null }
  // Another author bears the same name.
  const isOwn = (renewal: Renewal) => author === null || renewal.author === null || renewal.author === author
  const renewals = (beats?.renewals.get(recordId) ?? []).filter(isOwn)
  const received = renewals.filter(({ isReceived }) => isReceived)
  const confirmedUntil = received.reduce(extendedEnd, Date.parse(expiresAt))
  const end = renewals
    .filter(({ isReceived }) => !isReceived)
    // What goes on from an end that the hub knows nothing of goes on from nothing.
    .filter(({ from }) => from === null || received.length === 0 || from <= confirmedUntil)
    .reduce(extendedEnd, confirmedUntil)
  return { end, confirmedUntil }
}

function effectiveAt({ effective_at, released_at }: Release): number | null {
  return timeOf(effective_at) ?? timeOf(released_at)
}

/** Only what says that it counts later does: the clock of who released may be ahead of this one. */
function isAhead({ effective_at }: Release, now: number): boolean {
  const at = timeOf(effective_at)
  return at !== null && at > now
}

/** The reservation that a release is about. Other programs may name it by the release's own id only. */
export function releasedReservation({ recordId, payload }: CoordRecord): string {
  return readText((payload as Release).reservation_id) || recordId
}

/** The release of a reservation by its own run, or by who takes it from that. */
export function givingBack(reservation: SeenCopy, { id, at, reason, taker }: GivingBack): NewRecord {
  const { recordId, runId } = reservation
  const payload: Release = {
    ...{ release_id: id, run_id: taker ?? runId, reservation_id: recordId, released_at: at, reason },
    ...(taker !== undefined && { forced: true }),
  }
  return { kind: 'release', payload: { schema_version: '1', ...payload } }
}

/**
 * For records that are about a reservation and are over when it is.
 *
 * @param reservationOf the id of the reservation that a record is about
 * @param timeField the payload's field that tells when the record was written: its end where the reservation is gone
 */
export function endsWithReservation(
  reservationOf: (record: CoordRecord) => string,
  timeField: string,
): (records: RecordSource) => (record: CoordRecord) => number | null {
  return (records) => (record) => {
    const end = records.endOf('reservation', reservationOf(record))
    return end === undefined ? timeOf(record.payload[timeField]) : end
  }
}

function readReleases(records: RecordSource): ReadonlyMap<string, readonly SeenRecord[]> {
  const releases = new Map<string, SeenRecord[]>()
  for (const entry of records.entries('release')) {
    const reservationId = releasedReservation(entry)
    const others = releases.get(reservationId)
    if (others === undefined) releases.set(reservationId, [entry])
    else others.push(entry)
  }
  return releases
}
