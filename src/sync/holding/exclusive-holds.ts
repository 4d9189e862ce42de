import { type HoldNote, HoldNotes } from '../../workspace/holding/hold-notes.js'
import type { Session } from '../../workspace/session.js'
import type { ExclusiveWish, HoldAnswer } from './hold-answer.js'
import type { LostHold } from './settle-holds.js'

// The door to what needs the pipelines: commands that ask for nothing exclusive load none of it.

/** See `acquireHold` in `acquire-hold.ts`. */
export async function acquireHold(session: Session, wish: ExclusiveWish): Promise<HoldAnswer> {
  return (await import('./acquire-hold.js')).acquireHold(session, wish)
}

/** Settles what is open where the session has a hub and something is open: see `settleHolds`. */
export async function settleOpenHolds(session: Session): Promise<readonly LostHold[]> {
  if (holdNotes(session).length === 0) return []
  const [{ openDecider }, { settleHolds }] = await Promise.all([import('./decider.js'), import('./settle-holds.js')])
  return settleHolds(session, await openDecider(session))
}

/** What a hub was asked about a register of this store. */
export type Confirmation =
  /** It has been asked. */
  | 'asked'
  /** There is none, or it was not to be asked. */
  | 'no_hub'

/** Sends a register, and brings what the space has of it: see `confirmRegister`. */
export async function confirmRegister(
  session: Session,
  { kind, recordId }: Pick<HoldNote, 'kind' | 'recordId'>,
  isOffline = false,
): Promise<Confirmation> {
  const [{ decisionOf, openDecider }, { confirmRegister: ask }] = await Promise.all([
    import('./decider.js'),
    import('./confirm-register.js'),
  ])
  const decider = await openDecider(session, isOffline)
  if (decider.by !== 'hub') return 'no_hub'
  const before = decisionOf(decider)
  await ask(decider, kind, recordId)
  // It turned out to be another one, and what it confirms of is not there yet.
  if (decisionOf(decider) !== before) await (await import('./settle-holds.js')).settleHolds(session, decider)
  return 'asked'
}

/** What a run has lost, and why, as a sentence without its full stop. */
export function lossText({ runId, what, winner }: Pick<LostHold, 'runId' | 'what' | 'winner'>): string {
  const why = winner === null ? 'its end had passed at the hub' : `${winner.runId} has taken it`
  return `${runId} has lost ${what.join(' ')}: ${why}`
}

/** What this store knows of its exclusive holds. */
export function holdNotes({ workspace }: Session): readonly HoldNote[] {
  return new HoldNotes(workspace.repo).all()
}

/** Notes that a run has lost a hold, and gives it back: nothing brings it back. */
export async function loseHold(session: Session, lost: LostHold): Promise<void> {
  const [{ openDecider }, { loseHolds }] = await Promise.all([import('./decider.js'), import('./settle-holds.js')])
  await loseHolds(session, [lost], await openDecider(session))
}

/** Notes that a run has lost what somebody else has ended already. */
export function noteLost({ workspace }: Session, lost: LostHold): void {
  const untold = { process: null, decidedBy: null, passesAdvisory: false, isTold: false }
  new HoldNotes(workspace.repo).write({ ...lost, state: 'lost', ...untold })
}

/** Notes that the runs of these have been told that they are lost. */
export function noteTold({ workspace }: Session, told: readonly LostHold[]): void {
  const notes = new HoldNotes(workspace.repo)
  for (const { kind, recordId } of told) {
    const note = notes.read(kind, recordId)
    if (note?.state === 'lost') notes.write({ ...note, isTold: true })
  }
}
