import schema from '../schemas/dependency.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readTexts } from './fields.js'
import { endsWithReservation } from './reserving/reservation-ends.js'

/** Which reservations another one waits for. Its id is that of the waiting reservation. */
export interface Dependency {
  reservation_id?: string
  run_id?: string
  depends_on?: string[]
  created_at?: string
}

export default defineKind<Dependency>({
  name: 'dependency',
  directory: 'dependencies',
  idField: 'reservation_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: () => null,
  describe: ({ depends_on }) => `after ${readTexts(depends_on).join(' ')}`,
  after: ({ depends_on }) => readTexts(depends_on),
  ends: endsWithReservation(({ recordId }) => recordId, 'created_at'),
})
