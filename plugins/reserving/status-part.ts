import { type Attention, idArgument, isSafeRecordId, type Session } from '../../src/plugin.js'
import { declaredConflicts, type ForecastConflict } from './declared-conflicts.js'
import { type Release, releasedReservation } from './reservation-ends.js'
import { readReservations } from './reservations.js'

/** What reserving adds to `status`: the runs that are about to meet, and what was taken from one. */
export function readReservingStatus(session: Session, runId: string | null) {
  const { conflicts, moreConflicts } = declaredConflicts(session, runId)
  const told = conflicts.map(attentionOf)
  if (moreConflicts) told.push({ what: 'conflict', message: 'more runs meet than are told here', command: 'forecast' })
  const attention = [...takings(session, runId), ...waiting(session, runId), ...told]
  return { fields: { conflicts, moreConflicts }, attention }
}

/** For who has something that another run waits for. */
function waiting({ workspace }: Session, runId: string | null): Attention[] {
  const active = readReservations(workspace.view.alive()).filter(({ state }) => state === 'active')
  const byId = new Map(active.map((one) => [one.reservationId, one]))
  return active.flatMap(({ runId: waiter, waitsFor }) =>
    waitsFor.flatMap((id) => {
      const held = byId.get(id)
      if (held === undefined || held.runId === waiter || (runId !== null && held.runId !== runId)) return []
      const message = `${waiter} waits for ${held.addresses.join(' ')}, which ${held.runId} has`
      return [{ what: 'waited_for', message, command: isSafeRecordId(id) ? `show ${idArgument(id)}` : 'log' }]
    }),
  )
}

const WHY: Readonly<Record<ForecastConflict['conflictType'], string>> = {
  address_overlap: 'both have reserved it',
  operation_conflict: 'one deletes what the other changes',
  merge_conflict: 'git cannot merge what they have committed',
}

function attentionOf({ conflictType, agents, addresses, first }: ForecastConflict): Attention {
  const [one, other] = agents
  const where = addresses.join(' ')
  const [keeps, yields] = first === other ? [other, one] : [one, other]
  const message =
    first === null
      ? `${one} and ${other} meet at ${where}: ${WHY[conflictType]}`
      : `${yields} yields to ${keeps}, which was first, at ${where}: ${WHY[conflictType]}`
  return { what: 'conflict', message, command: 'forecast' }
}

/** For how long it is told. */
const TOLD_MILLISECONDS = 24 * 3600 * 1000

/** What was taken by force in the last day: whoever had it shall hear of it. */
function takings({ workspace }: Session, runId: string | null): readonly Attention[] {
  const { view } = workspace
  const releases = view.alive([], view.now - TOLD_MILLISECONDS).entries('release')
  const forced = releases.filter(({ payload }) => (payload as Release).forced === true)
  if (forced.length === 0) return []
  const standing = view.alive(forced.map(releasedReservation))
  const taken = readReservations(standing)
  const reservations = new Map(taken.map((one) => [one.reservationId, one]))
  return forced.flatMap((release) => {
    const { reason }: Release = release.payload
    const lost = reservations.get(releasedReservation(release))
    const record = standing.named('reservation', releasedReservation(release))
    // Anybody may say that it is over.
    if (lost === undefined || record === undefined || !standing.mayEnd(record, release)) return []
    if (runId !== null && lost.runId !== runId) return []
    const why = typeof reason === 'string' ? `: ${reason}` : ''
    const message = `${release.runId} has taken ${lost.addresses.join(' ')} from ${lost.runId}${why}`
    const { reservationId } = lost
    return [
      { what: 'taken', message, command: isSafeRecordId(reservationId) ? `show ${idArgument(reservationId)}` : 'log' },
    ]
  })
}
