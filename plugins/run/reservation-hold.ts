import { coordError, type Workspace } from '../../src/plugin.js'
import { beatRun } from '../reserving/beat-run.js'
import { currentBranch } from '../reserving/current-branch.js'
import { releaseReservations } from '../reserving/release-reservations.js'
import { reserveAddresses } from '../reserving/reserve-addresses.js'
import { untilText } from '../reserving/until-text.js'
import type { Hold } from './hold.js'

export interface ReservationHoldOptions {
  readonly addresses: readonly string[]
  readonly runId: string
  readonly ttlSeconds: number
  /** Refuses when another run holds any of it. */
  readonly deny: boolean
  /** Called for each conflict that is only a warning. */
  readonly onConflict: (sentence: string) => void
}

/** Reserves addresses and holds them. Throws `RECORD_HELD` with `deny`, and as `reserveAddresses` does. */
export async function holdReservation(workspace: Workspace, options: ReservationHoldOptions): Promise<Hold> {
  const { addresses, runId, ttlSeconds, deny, onConflict } = options
  const reserved = await reserveAddresses(workspace, {
    addresses,
    runId,
    branch: currentBranch(workspace),
    operation: null,
    ttlSeconds,
    dependsOn: [],
    deny,
  })
  const [first] = reserved.conflicts
  const { reservationId } = reserved
  if (reservationId === null) {
    throw coordError('RECORD_HELD', first?.heldAddress ?? '', first?.runId ?? '', untilText(first?.until ?? null))
  }
  for (const conflict of reserved.conflicts) {
    const { address, heldAddress, runId: holder, until } = conflict
    onConflict(`${address} meets ${heldAddress}, held by ${holder}, ${untilText(until)}; this is advisory`)
  }
  return {
    name: `the reservation ${reservationId}`,
    environment: { MUSE_COORD_RUN_ID: runId, MUSE_COORD_RESERVATION_ID: reservationId },
    async renew() {
      const { status } = await beatRun(workspace, { runId, reservationId, extensionSeconds: ttlSeconds })
      return status === 'ok' ? 'kept' : 'lost'
    },
    abandon() {
      // A beat is a write to this disk: it is over before anybody could wait for it.
    },
    async end() {
      const [released] = await releaseReservations(workspace, { runId, reservationIds: [reservationId], reason: null })
      const status = released?.status === 'ok' ? 'released' : 'already_released'
      return { isLost: false, report: { reservationId, status }, text: `the reservation ${reservationId} is released` }
    },
  }
}
