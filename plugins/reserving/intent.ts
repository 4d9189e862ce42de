import { branchOf, findRecordId, type Session, untilText } from '../../src/plugin.js'
import { readInsideAddresses } from '../addresses/read-addresses.js'
import { type Conflict, findConflicts } from './conflicts.js'
import type { Intent } from './intents.js'
import { reservationHeld } from './reservation-held.js'
import { readReservations } from './reservations.js'

export interface IntentRequest {
  /** As they are typed, see `ReserveRequest`. */
  readonly addresses: readonly string[]
  readonly runId: string
  /** The one that is checked out in the tree when left out. */
  readonly branch?: string | undefined
  readonly operation: string
  readonly detail?: string
  /** Id of a reservation of the same run, or its beginning; left out: the intent stands alone. */
  readonly reservationId?: string
  readonly ttlSeconds: number
}

export interface DeclaredIntent {
  readonly intentId: string
  readonly reservationId: string
  readonly runId: string
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string
  readonly detail: string
  readonly createdAt: string
  readonly expiresAt: string
  /** What other runs have reserved of it. */
  readonly conflicts: readonly Conflict[]
}

/**
 * Says what a run intends to do with addresses.
 *
 * @throws `RECORD_HELD` for another run's reservation
 */
export async function intent(session: Session, request: IntentRequest): Promise<DeclaredIntent> {
  const { workspace } = session
  const { runId, operation, detail = '', branch = branchOf(workspace.repo) ?? '' } = request
  const addresses = readInsideAddresses(session, request.addresses)
  const { view } = workspace
  const reservationId = request.reservationId
    ? findRecordId('reservation', request.reservationId, view, 'reservation')
    : ''
  const reservations = reservationId === '' ? [] : readReservations(view.alive([reservationId]))
  const reservation = reservations.find((one) => one.reservationId === reservationId)
  if (reservation !== undefined && reservation.runId !== runId) {
    const until = untilText(reservation.until)
    throw reservationHeld(reservationId, reservation.runId, until)
  }
  const intentId = workspace.newId()
  const createdAt = workspace.timestamp()
  const expiresAt = workspace.timestamp(request.ttlSeconds)
  const payload: Intent = {
    intent_id: intentId,
    reservation_id: reservationId,
    run_id: runId,
    branch,
    addresses: [...addresses],
    operation,
    detail,
    created_at: createdAt,
    expires_at: expiresAt,
  }
  await workspace.write('intent', { schema_version: '1', ...payload })
  const conflicts = findConflicts(workspace, addresses, runId)
  return { intentId, reservationId, runId, branch, addresses, operation, detail, createdAt, expiresAt, conflicts }
}
