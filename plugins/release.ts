import schema from '../schemas/release.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { endsWithReservation } from './reserving/ends-with-reservation.js'
import { releasedReservation } from './reserving/reservation-ends.js'

/** That a reservation was given back before it lapsed. */
export interface Release {
  release_id?: string
  run_id?: string
  reservation_id?: string
  released_at?: string
  reason?: string | null
}

export default defineKind<Release>({
  name: 'release',
  directory: 'releases',
  idField: 'release_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: () => null,
  describe: ({ reservation_id, reason }) => [reservation_id ?? '', reason ?? ''].join(' ').trim(),
  ends: endsWithReservation(releasedReservation, 'released_at'),
})
