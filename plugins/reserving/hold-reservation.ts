import { coordError, type Held, type HoldWish, type Session, untilText } from '../../src/plugin.js'
import { heartbeat } from './heartbeat.js'
import { release } from './release.js'
import { addressHeld } from './reservation-held.js'
import { reserve } from './reserve.js'

/** Reserves addresses and holds them. Throws `RECORD_HELD` with `deny`. */
export async function holdReservation(session: Session, wish: HoldWish): Promise<Held> {
  const { what, runId, ttlSeconds, deny, isOffline } = wish
  const { reservationId, conflicts } = await reserve(session, { addresses: what, runId, ttlSeconds, deny, isOffline })
  if (reservationId === null) {
    const [{ kind = '', heldAddress = '', runId: holder = '', until = null } = {}] = conflicts
    throw addressHeld({ kind, what: heldAddress, until: untilText(until) }, holder)
  }
  for (const { address, heldAddress, runId: holder, until } of conflicts) {
    session.note(`⚠️  ${address} meets ${heldAddress}, held by ${holder}, ${untilText(until)}; this is advisory`)
  }
  return {
    name: `the reservation ${reservationId}`,
    environment: { MUSE_COORD_RUN_ID: runId, MUSE_COORD_RESERVATION_ID: reservationId },
    async renew() {
      const { status, notRenewed } = await heartbeat(session, {
        ...{ runId, reservationId, isOffline },
        extensionSeconds: ttlSeconds,
      })
      if (notRenewed.some(({ reason }) => reason === 'unconfirmed')) {
        throw coordError('LEASE_UNCONFIRMED', `the reservation ${reservationId} was not extended`)
      }
      return status === 'ok' ? 'kept' : 'lost'
    },
    abandon() {
      // A beat is a write to this disk: it is over before anybody could wait for it.
    },
    async end() {
      const [released] = await release(session, { runId, reservations: [reservationId] })
      const status = released?.status === 'ok' ? 'released' : 'already_released'
      return { isLost: false, report: { reservationId, status }, text: `the reservation ${reservationId} is released` }
    },
  }
}
