import schema from '../schemas/release.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { endsWithReservation, type Release, releasedReservation } from './reserving/reservation-ends.js'

export default defineKind<Release>({
  name: 'release',
  directory: 'releases',
  idField: 'release_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: () => null,
  describe: ({ reservation_id, reason, forced }) =>
    [forced ? 'by force' : '', reservation_id ?? '', reason ?? ''].join(' ').trim(),
  ends: endsWithReservation(releasedReservation, 'released_at'),
})
