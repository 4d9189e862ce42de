import schema from '../schemas/reservation.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { pathsNear } from './addresses/address-index.js'
import { readTexts } from './fields.js'
import { addressesMeet } from './reserving/conflicts.js'
import { givingBack, readReservationEnds } from './reserving/reservation-ends.js'
import { type Reservation, readReservationHolds, readReservationStates } from './reserving/reservations.js'

export default defineKind<Reservation>({
  name: 'reservation',
  directory: 'reservations',
  idField: 'reservation_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: (reservation) => reservation.expires_at ?? null,
  describe: ({ operation, addresses }) => [operation ?? 'reserve', ...readTexts(addresses)].join(' '),
  ends: (records) => {
    const endOf = readReservationEnds(records)
    return (reservation) => endOf(reservation).until
  },
  holds: readReservationHolds,
  mayHold: ({ addresses }) => readTexts(addresses).flatMap(pathsNear),
  state: readReservationStates,
  after: ({ waits_for }) => readTexts(waits_for),
  meet: addressesMeet,
  giveBack: givingBack,
})
