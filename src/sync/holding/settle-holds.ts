import { formatTimestamp } from '../../base/timestamp.js'
import { lifeOf } from '../../files/process-mark.js'
import type { Hold } from '../../kinds/kind.js'
import { type HoldNote, HoldNotes } from '../../workspace/holding/hold-notes.js'
import { judgeHold } from '../../workspace/holds.js'
import type { Session } from '../../workspace/session.js'
import { bringAtFirst, type Decider, decisionOf, type HubDecider } from './decider.js'
import { giveBack } from './give-back.js'

/** An exclusive hold that a run of this store was told to have, and that another run has. */
export type LostHold = Pick<HoldNote, 'kind' | 'recordId' | 'runId' | 'what' | 'winner'>

/**
 * Settles what is left open of the exclusive holds of this store: gives back what processes asked for that are dead, and
 * puts to the hub what was held without it, or in another epoch of it. Costs nothing where nothing is open.
 *
 * @returns what is lost by that; each stays noted until its run has been told
 */
export async function settleHolds(session: Session, decider: Decider): Promise<readonly LostHold[]> {
  const notes = new HoldNotes(session.workspace.repo)
  const all = notes.all()
  for (const note of all) {
    if (isAbandoned(notes, note)) await giveBack(session, note, 'its process is gone', decider)
    else if (isOver(session, note)) notes.remove(note)
  }
  if (decider.by !== 'hub') return []
  const decision = decisionOf(decider)
  const open = all.filter(
    ({ state, decidedBy }) => state === 'provisional' || (state === 'held' && decidedBy !== decision),
  )
  if (open.length === 0) return []
  await bringAtFirst(decider)
  const lost: LostHold[] = []
  for (const note of open) lost.push(...(await settle(session, decider, note)))
  return lost
}

/** Gives back a hold that another run has, and notes that its own has lost it. */
export async function loseHold(session: Session, lost: LostHold, decider: Decider): Promise<void> {
  const { repo } = session.workspace
  const { kind, recordId } = lost
  const known = new HoldNotes(repo).read(kind, recordId)
  await giveBack(session, lost, 'another run has it', decider)
  const { process = null, decidedBy = null, passesAdvisory = false } = known ?? {}
  new HoldNotes(repo).write({ ...lost, state: 'lost', process, decidedBy, passesAdvisory, isTold: false })
}

/**
 * The note is read once more when its process is known to be dead: it may have told its run, and ended, since the first look.
 * From then on nobody writes it.
 */
function isAbandoned(notes: HoldNotes, note: HoldNote): boolean {
  if (!isOpen(note) || note.process === null || lifeOf(note.process) !== 'dead') return false
  const last = notes.read(note.kind, note.recordId)
  return last !== null && isOpen(last)
}

function isOpen({ state }: HoldNote): boolean {
  return state === 'undecided' || state === 'waiting'
}

/** Its record has lapsed or was given back; what is lost is told until it would have lapsed by itself. */
function isOver({ workspace }: Session, { kind, recordId, state }: HoldNote): boolean {
  const entry = workspace.view.named(kind, recordId)
  if (entry === undefined) return state !== 'undecided'
  if (state === 'lost') return entry.lapsed
  const end = workspace.view.endOf(kind, recordId)
  return typeof end === 'number' && end <= workspace.view.now
}

async function settle(session: Session, decider: HubDecider, note: HoldNote): Promise<LostHold[]> {
  const { workspace } = session
  const notes = new HoldNotes(workspace.repo)
  const { localAuthor } = decider
  const verdict = judgeHold(workspace, note, { localAuthor, passesAdvisory: note.passesAdvisory })
  switch (verdict.outcome) {
    case 'unplaced':
      return []
    case 'held':
      notes.write({ ...note, state: 'held', decidedBy: decisionOf(decider) })
      return []
    case 'over':
      notes.remove(note)
      return []
    case 'kept_out': {
      const [first] = verdict.by as [Hold, ...Hold[]]
      const until = first.until === null ? null : formatTimestamp(first.until)
      const lost: LostHold = { ...note, winner: { runId: first.runId, until, what: first.what } }
      await loseHold(session, lost, decider)
      return [lost]
    }
  }
}
