import { type Entry, timeOf, type Workspace } from '../../src/plugin.js'
import type { Reservation } from '../reservation.js'
import { readReservationEnds } from './reservation-ends.js'

/** A reservation and what heartbeats, releases and time have made of it. */
export interface Holding {
  readonly reservationId: string
  readonly runId: string
  /** `''` where it names none. */
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  /** Milliseconds since 1970; `null` where it does not tell. */
  readonly createdAt: number | null
  /** When it ends or has ended: milliseconds since 1970; `null`: not before it is released. */
  readonly until: number | null
  readonly state: 'active' | 'lapsed' | 'released'
  readonly origin: 'local' | 'remote'
}

/** Every reservation that the workspace knows of, ended ones too, the eldest first. */
export function readHoldings({ view, clock }: Pick<Workspace, 'view' | 'clock'>): readonly Holding[] {
  const endOf = readReservationEnds(view)
  const now = clock.now()
  return view
    .entries('reservation')
    .map((entry) => holdingOf(entry, endOf(entry), now))
    .sort(byAge)
}

function byAge(one: Holding, other: Holding): number {
  return (one.createdAt ?? 0) - (other.createdAt ?? 0) || (one.reservationId < other.reservationId ? -1 : 1)
}

function holdingOf(
  { recordId, runId, payload, origin }: Entry,
  { until, isReleased }: { until: number | null; isReleased: boolean },
  now: number,
): Holding {
  // Nobody has asked the schema, so each field is taken for what it is.
  const { branch, addresses, operation, created_at: createdAt }: Reservation = payload
  return {
    reservationId: recordId,
    runId,
    branch: typeof branch === 'string' ? branch : '',
    addresses: Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [],
    operation: typeof operation === 'string' ? operation : null,
    createdAt: timeOf(createdAt),
    until,
    state: isReleased ? 'released' : until !== null && until <= now ? 'lapsed' : 'active',
    origin,
  }
}
