import schema from '../schemas/reservation.json' with { type: 'json' }
import { defineKind } from '../src/index.js'

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
})
