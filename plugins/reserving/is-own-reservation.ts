import { isHeldBy, readHolds, type Workspace } from '../../src/plugin.js'
import type { StandingReservation } from './reservations.js'

/** Tells whether a reservation is that of a run that works here, also one that it made elsewhere before it went on here. */
export function isOwnReservation(workspace: Workspace, runId: string): (one: StandingReservation) => boolean {
  const held = new Set(
    readHolds(workspace).flatMap((hold) =>
      hold.kind === 'reservation' && isHeldBy(workspace, hold, runId) ? hold.recordId : [],
    ),
  )
  return (one) => held.has(one.reservationId) || isHeldBy(workspace, one, runId)
}
