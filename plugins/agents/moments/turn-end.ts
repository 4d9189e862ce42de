import type { Session } from '../../../src/plugin.js'
import { release } from '../../reserving/release.js'
import { readReservations } from '../../reserving/reservations.js'
import type { RunNotes } from '../run-notes.js'
import { changedFiles } from '../tree-changes.js'
import { type HookCall, linesOf, type Said } from './moment.js'
import { freedFor, waitersOf } from './news.js'

/** Gives back what edits have reserved and git has committed by now, and says who waits for the rest. */
export async function turnEnd(call: HookCall): Promise<Said> {
  const { session, runId, notes, event } = call
  await giveBackClean(session, runId, notes)
  if (event.goesOn) return {}
  const waiters = waitersOf(call)
  const cure = 'Finish and commit, or let go of it: muse-coord release --all.'
  const freed = freedFor(call)
  return { goOn: linesOf([...freed.lines, ...waiters, ...(waiters.length === 0 ? [] : [cure])]), heard: freed.heard }
}

/** What the agent has reserved by its own word stays. */
async function giveBackClean(session: Session, runId: string, notes: RunNotes): Promise<void> {
  const ids = notes.edits()
  if (ids.length === 0) return
  const reservations = readReservations(session.workspace.view.alive(ids)).filter((one) =>
    ids.includes(one.reservationId),
  )
  const active = reservations.filter((one) => one.runId === runId && one.state === 'active')
  const addresses = [...new Set(active.flatMap((one) => one.addresses))]
  const changed = addresses.length === 0 ? [] : await changedFiles(session, addresses)
  const clean = active.filter(
    (one) => changed !== null && !one.addresses.some((address) => isChanged(address, changed)),
  )
  await release(session, { runId, reservations: clean.map((one) => one.reservationId), reason: 'clean in git' })
  for (const id of ids) if (clean.some((one) => one.reservationId === id) || !isActive(id, active)) notes.forgetEdit(id)
}

function isActive(id: string, active: readonly { readonly reservationId: string }[]): boolean {
  return active.some((one) => one.reservationId === id)
}

function isChanged(address: string, changed: readonly string[]): boolean {
  return changed.some((name) => name === address || name.startsWith(`${address}/`))
}
