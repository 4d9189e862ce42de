import { assertHoldsRead, findRecordId, holdNotes, isSafeRecordId, type Session } from '../../src/plugin.js'
import { readAddresses } from '../addresses/read-addresses.js'
import { readReservations } from './reservations.js'

/**
 * The ids of the reservations that are meant by an id, its beginning, or an address as it is typed: of an address those that its
 * run has, else the one that it had last, else one of another run. What nobody knows is given back as it is.
 *
 * @throws `RECORD_AMBIGUOUS`; `FILE_FAILED` where nobody knows it and it may be in a file that cannot be read
 */
export function meantReservations(session: Session, typed: string, runId: string): readonly string[] {
  const { view } = session.workspace
  if (view.ids('reservation', typed.replace(/…$/, '')).length > 0) {
    return [findRecordId('reservation', typed, view, 'reservation')]
  }
  const [address] = readAddresses(session, [typed]).inside
  if (address === undefined) return [typed]
  const lost = holdNotes(session).filter((note) => note.kind === 'reservation' && note.what.includes(address))
  const known = readReservations(view.alive(lost.map(({ recordId }) => recordId))).filter(({ addresses }) =>
    addresses.includes(address),
  )
  const own = known.filter((one) => one.runId === runId)
  const active = own.filter(({ state }) => state === 'active')
  const meant = active.length > 0 ? active : [...own.slice(-1), ...known.filter(({ state }) => state === 'active')]
  const ids = meant.map(({ reservationId }) => reservationId)
  if (active.length > 0) return ids
  if (ids.length > 0) return ids.slice(0, 1)
  assertHoldsRead(session.workspace)
  return [isSafeRecordId(typed) ? typed : address]
}
