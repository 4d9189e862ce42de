import { endText, holdNotes, isHeldBy, noteTold, oneLine, readLivingHolds } from '../../../src/plugin.js'
import { meetings } from '../../reserving/conflicts.js'
import type { HookCall } from './moment.js'

/** Of a call of the hook, who is told, and where that is noted. */
type Told = Pick<HookCall, 'session' | 'runId' | 'notes'>

/** What has happened to a run since it was last told something: what it has lost, what is free, and who waits for what it holds. */
export function newsOf(call: Told): readonly string[] {
  const { session, runId, notes } = call
  const all = holdNotes(session)
  const lost = all.filter((note) => note.state === 'lost' && note.runId === runId && !note.isTold)
  noteTold(session, lost)
  const losses = lost.map(({ what, winner }) => {
    const who = winner === null ? '' : `: the run ${winner.runId} has it, until ${endText(winner.until)}`
    return `muse-coord: ${what.join(' ')} is no longer yours${who}. Stop the work on it, and look at what was written.`
  })
  return [
    ...losses.map(oneLine),
    ...freedFor(call),
    ...waitersOf({ session, runId }).filter((line) => notes.tell(line)),
  ]
}

/** What a run was refused and nobody else holds any more, a sentence each, once. */
export function freedFor({ session, runId, notes }: Told): readonly string[] {
  const refused = notes.refused()
  if (refused.length === 0) return []
  const held = new Set(heldAgainst({ session, runId }, refused).map(({ address }) => address))
  const freed = refused.filter((address) => !held.has(address))
  for (const address of freed) notes.forgetRefused(address)
  return freed.map((address) => oneLine(`muse-coord: ${address} is free now, which you were refused.`))
}

/** Who waits for what a run holds, a sentence each. */
export function waitersOf({ session, runId }: Pick<HookCall, 'session' | 'runId'>): readonly string[] {
  const waiting = holdNotes(session).filter((note) => note.state === 'waiting' && note.runId !== runId)
  if (waiting.length === 0) return []
  const own = readLivingHolds(session.workspace).filter((hold) => isHeldBy(session.workspace, hold, runId))
  return waiting.flatMap(({ runId: waiter, what }) => {
    const met = [...new Set(meetings(session.workspace, own, what).map(({ heldAddress }) => heldAddress))]
    return met.length === 0
      ? []
      : [oneLine(`muse-coord: the run ${waiter} waits for ${met.join(' ')}, which you hold.`)]
  })
}

/** What other runs hold of some addresses exclusively. */
export function heldAgainst({ session, runId }: Pick<HookCall, 'session' | 'runId'>, addresses: readonly string[]) {
  const { workspace } = session
  const others = readLivingHolds(workspace).filter((hold) => hold.isExclusive && !isHeldBy(workspace, hold, runId))
  return meetings(workspace, others, addresses)
}
