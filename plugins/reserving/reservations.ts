import {
  type Hold,
  type Origin,
  type Place,
  type RecordSource,
  type RecordState,
  readPlace,
  type SeenRecord,
  timeOf,
} from '../../src/plugin.js'
import { readText, readTexts } from '../fields.js'
import { type ReservationEnd, readReservationEnds, type Taking } from './reservation-ends.js'

/** What a run reserved: the addresses it is about to touch. */
export interface Reservation extends Partial<Origin> {
  reservation_id?: string
  run_id?: string
  branch?: string | null
  addresses?: string[]
  operation?: string | null
  created_at?: string
  expires_at?: string | null
  /** It keeps others out; else it warns. */
  exclusive?: boolean
  /** Ids of the reservations that it waits for. */
  waits_for?: string[]
}

/** A reservation and what heartbeats, releases and time have made of it. */
export interface StandingReservation {
  readonly reservationId: string
  readonly runId: string
  readonly author: string | null
  /** `''` where it names none. */
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  /** Milliseconds since 1970; `null` where it does not tell. */
  readonly createdAt: number | null
  /** When it ends or has ended: milliseconds since 1970; `null`: not before it is released. */
  readonly until: number | null
  /** The same, by what the hub has taken alone. */
  readonly confirmedUntil: number | null
  /** Whether another run takes it at its end, so that nothing extends it. */
  readonly isTaken: boolean
  /** Who ended it, or will at its end, for its run; `null`: nobody but the run itself. */
  readonly takenBy: Taking | null
  /** How long it was made for: milliseconds. */
  readonly length: number
  readonly isExclusive: boolean
  /** Ids of the reservations that it waits for, or has waited for. */
  readonly waitsFor: readonly string[]
  /** `null` where it names none. */
  readonly place: Place | null
  readonly state: 'active' | 'lapsed' | 'released'
}

/** Every reservation that the workspace knows of, ended ones too, the eldest first. */
export function readReservations(records: RecordSource): readonly StandingReservation[] {
  const stand = standingReservations(records)
  return records.entries('reservation').map(stand).sort(byAge)
}

/** What active reservations hold: each of its addresses. */
export function readReservationHolds(records: RecordSource): readonly Hold[] {
  return readReservations(records).flatMap((one) => (one.state === 'active' ? holdsOf(one) : []))
}

/** What a reservation holds, or held. */
function holdsOf(reservation: StandingReservation): readonly Hold[] {
  const {
    reservationId,
    runId,
    author,
    branch,
    addresses,
    operation,
    createdAt,
    until,
    confirmedUntil,
    length,
    isExclusive,
    place,
  } = reservation
  return addresses.map((address) => ({
    kind: 'reservation',
    recordId: reservationId,
    what: address,
    runId,
    author,
    since: createdAt,
    until,
    confirmedUntil,
    length,
    token: null,
    isExclusive,
    place,
    details: { branch, addresses, operation },
  }))
}

export function readReservationStates(records: RecordSource): (reservation: SeenRecord) => RecordState {
  const stand = standingReservations(records)
  return (reservation) => {
    const { state, addresses, runId, until } = stand(reservation)
    return { state, isOver: state !== 'active', what: addresses.join(' '), runId, until }
  }
}

function standingReservations(records: RecordSource): (reservation: SeenRecord) => StandingReservation {
  const endOf = readReservationEnds(records)
  const { now } = records
  return (reservation) => {
    const { recordId: reservationId, runId, author, payload } = reservation
    const { isReleased, ...end } = endOf(reservation)
    const state = stateAt(now, end.until, isReleased)
    return { reservationId, runId, author, ...readReservation(payload), ...end, state }
  }
}

const DEFAULT_LENGTH = 3600 * 1000

function readReservation(reservation: Reservation) {
  const { branch, addresses, operation, created_at: createdAt, expires_at: expiresAt, exclusive, place } = reservation
  const [begin, end] = [timeOf(createdAt), timeOf(expiresAt)]
  return {
    branch: readText(branch) ?? '',
    addresses: readTexts(addresses),
    operation: readText(operation),
    createdAt: timeOf(createdAt),
    length: begin === null || end === null || end <= begin ? DEFAULT_LENGTH : end - begin,
    isExclusive: exclusive === true,
    waitsFor: readTexts(reservation.waits_for),
    place: readPlace(place),
  }
}

function stateAt(now: number, until: ReservationEnd['until'], isReleased: boolean): StandingReservation['state'] {
  if (isReleased) return 'released'
  return until !== null && until <= now ? 'lapsed' : 'active'
}

function byAge(one: StandingReservation, other: StandingReservation): number {
  return (one.createdAt ?? 0) - (other.createdAt ?? 0) || (one.reservationId < other.reservationId ? -1 : 1)
}
