import { type HoldNote, HoldNotes, holdNotes, isHeldBy, noteLost, readHolds, type Session } from '../../src/plugin.js'
import { meetings } from './conflicts.js'
import { readReservations } from './reservations.js'

/**
 * Notes as lost what a run was told to have alone, and what has lapsed since. For its own beat: who beats takes it to be held. What
 * it has reserved anew it has.
 */
export function noteLapsed(session: Session, runId: string): void {
  const notes = holdNotes(session).filter((note) => isTold(note) && note.runId === runId)
  if (notes.length === 0) return
  const { workspace } = session.snapshot()
  const ids = new Set(notes.map(({ recordId }) => recordId))
  const lapsed = readReservations(workspace.view.alive([...ids])).filter(
    ({ reservationId, state }) => ids.has(reservationId) && state === 'lapsed',
  )
  if (lapsed.length === 0) return
  const holds = readHolds(workspace)
  const own = holds.filter((hold) => isHeldBy(workspace, hold, runId))
  const others = holds.filter((hold) => !own.includes(hold))
  for (const { reservationId: recordId, addresses } of lapsed) {
    const hold = { kind: 'reservation', recordId }
    if (addresses.every((address) => own.some(({ what }) => what === address))) {
      new HoldNotes(workspace.repo).remove(hold)
      continue
    }
    const [first] = meetings(workspace, others, addresses)
    const winner = first === undefined ? null : { runId: first.runId, until: first.until, what: first.heldAddress }
    noteLost(session, { ...hold, runId, what: [...addresses], winner })
  }
}

/** Forgets what a run was told of a reservation that it has given back. */
export function forgetHold({ workspace }: Session, recordId: string): void {
  const notes = new HoldNotes(workspace.repo)
  const note = notes.read('reservation', recordId)
  if (note !== null && isTold(note)) notes.remove(note)
}

function isTold({ kind, state }: HoldNote): boolean {
  return kind === 'reservation' && (state === 'held' || state === 'provisional')
}
