import { coordError, findRecordId, type Session, untilText } from '../../src/plugin.js'
import type { Release } from './reservation-ends.js'
import { readReservations } from './reservations.js'

export interface ReleaseRequest {
  readonly runId: string
  /** Ids or their beginnings; `null`: all active reservations of the run. */
  readonly reservationIds: readonly string[] | null
  readonly reason?: string | null
}

export interface Released {
  readonly reservationId: string
  /** `null` when it had been released before. */
  readonly releaseId: string | null
  readonly status: 'ok' | 'already_released'
  readonly addresses: readonly string[]
}

/**
 * Gives reservations back. To release twice is no error, so that a script can be run again.
 *
 * @throws `RECORD_HELD` for another run's, before anything is written
 */
export async function release(session: Session, request: ReleaseRequest): Promise<readonly Released[]> {
  const { workspace } = session
  const { runId, reservationIds, reason = null } = request
  const { view } = workspace
  const named = reservationIds?.map((typed) => findRecordId('reservation', typed, view, 'reservation'))
  const reservations = readReservations(view.alive(named))
  const byId = new Map(reservations.map((reservation) => [reservation.reservationId, reservation]))
  const ids =
    named ?? reservations.filter((one) => one.runId === runId && one.state === 'active').map((one) => one.reservationId)
  const chosen = [...new Set(ids)].flatMap((id) => byId.get(id) ?? [])
  for (const { reservationId, runId: holder, until } of chosen) {
    if (holder !== runId) throw coordError('RECORD_HELD', `The reservation ${reservationId}`, holder, untilText(until))
  }
  const released: Released[] = []
  for (const { reservationId, state, addresses } of chosen) {
    if (state === 'released') {
      released.push({ reservationId, releaseId: null, status: 'already_released', addresses })
      continue
    }
    const releaseId = workspace.newId()
    const payload: Release = {
      release_id: releaseId,
      run_id: runId,
      reservation_id: reservationId,
      released_at: workspace.timestamp(),
      reason,
    }
    await workspace.write('release', { schema_version: '1', ...payload })
    released.push({ reservationId, releaseId, status: 'ok', addresses })
  }
  return released
}
