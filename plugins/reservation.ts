import schema from '../schemas/reservation.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readReservationEnds } from './reserving/reservation-ends.js'
import { wordsOf } from './reserving/words-of.js'

/** What a run reserved: the addresses it is about to touch. */
export interface Reservation {
  reservation_id?: string
  run_id?: string
  branch?: string | null
  addresses?: string[]
  operation?: string | null
  created_at?: string
  expires_at?: string | null
}

export default defineKind<Reservation>({
  name: 'reservation',
  directory: 'reservations',
  idField: 'reservation_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: (reservation) => reservation.expires_at ?? null,
  describe: ({ operation, addresses }) => [operation ?? 'reserve', wordsOf(addresses)].join(' '),
  ends: (records) => {
    const endOf = readReservationEnds(records)
    return (reservation) => endOf(reservation).until
  },
})
