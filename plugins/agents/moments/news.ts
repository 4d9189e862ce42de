import { endText, holdNotes, isHeldBy, noteTold, oneLine, readLivingHolds, unreadHolds } from '../../../src/plugin.js'
import { meetings } from '../../reserving/conflicts.js'
import type { HookCall } from './moment.js'

/** Of a call of the hook, who is told, and where that is noted. */
type Told = Pick<HookCall, 'session' | 'runId' | 'notes'>

/** What a run is to hear, a sentence each. */
export interface News {
  readonly lines: readonly string[]
  /** It has heard them, and is not told again. Not before: an answer that comes too late is heard by nobody. */
  heard(): void
}

/** What has happened to a run since it was last told something: what it has lost, what is free, and who waits for what it holds. */
export function newsOf(call: Told): News {
  const { session, runId, notes } = call
  const all = holdNotes(session)
  const lost = all.filter((note) => note.state === 'lost' && note.runId === runId && !note.isTold)
  const losses = lost.map(({ what, winner }) => {
    const who = winner === null ? '' : `: the run ${winner.runId} has it, until ${endText(winner.until)}`
    return `muse-coord: ${what.join(' ')} is no longer yours${who}. Stop the work on it, and look at what was written.`
  })
  const freed = freedFor(call)
  const waiters = waitersOf({ session, runId }).filter((line) => !notes.isTold(line))
  return {
    lines: [...losses.map(oneLine), ...freed.lines, ...waiters],
    heard() {
      noteTold(session, lost)
      freed.heard()
      for (const line of waiters) notes.tell(line)
    },
  }
}

/** What a run was refused and nobody else holds any more, once. */
export function freedFor({ session, runId, notes }: Told): News {
  const refused = notes.refused()
  // What cannot be read may hold it still.
  if (refused.length === 0 || unreadHolds(session.workspace).length > 0) return { lines: [], heard() {} }
  const held = new Set(heldAgainst({ session, runId }, refused).map(({ address }) => address))
  const freed = refused.filter((address) => !held.has(address))
  return {
    lines: freed.map((address) => oneLine(`muse-coord: ${address} is free now, which you were refused.`)),
    heard() {
      for (const address of freed) notes.forgetRefused(address)
    },
  }
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
