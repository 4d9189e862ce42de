import { formatTimestamp } from '../../base/timestamp.js'
import { lifeOf } from '../../files/process-mark.js'
import type { Hold } from '../../kinds/kind.js'
import { type HoldNote, HoldNotes, type HoldWinner } from '../../workspace/holding/hold-notes.js'
import { holdsAgainst, judgeHold, readHolds } from '../../workspace/holds.js'
import type { Standing } from '../../workspace/index/standing.js'
import type { Session } from '../../workspace/session.js'
import type { Workspace } from '../../workspace/workspace.js'
import { bringAtFirst, type Decider, decisionOf, type HubDecider } from './decider.js'
import { giveBackAll } from './give-back.js'

/** An exclusive hold that a run of this store was told to have, and that another run has. */
export type LostHold = Pick<HoldNote, 'kind' | 'recordId' | 'runId' | 'what' | 'winner'>

/**
 * Settles what is left open of the exclusive holds of this store: gives back what processes asked for that are dead, puts to
 * the hub what was held without it, or in another epoch of it, and finds what has ended there before its run was told.
 *
 * @returns what is lost by that; each stays noted until its run has been told
 */
export async function settleHolds(session: Session, decider: Decider): Promise<readonly LostHold[]> {
  const notes = new HoldNotes(session.workspace.repo)
  const all = notes.all()
  const abandoned = all.filter((note) => isAbandoned(notes, note))
  await giveBackAll(session, abandoned, 'its process is gone', decider)
  const standing = sweep(
    session.workspace,
    notes,
    all.filter((note) => !abandoned.includes(note)),
  )
  if (decider.by !== 'hub') return []
  const decision = decisionOf(decider)
  const open = standing.filter(
    ({ state, decidedBy }) => state === 'provisional' || (state === 'held' && decidedBy !== decision),
  )
  const decided = standing.filter(({ state, decidedBy }) => state === 'held' && decidedBy === decision)
  if (open.length === 0 && dropped(session.workspace, decided).length === 0) return []
  await sendHeld(decider, open)
  await bringAtFirst(decider)
  // Here, too: what is judged by it is noted before anything else is waited for.
  const { workspace } = session.snapshot()
  const lost: LostHold[] = open.flatMap((note) => settle(workspace, notes, decider, note))
  // An extension that the hub took in time may have been on its way here.
  for (const note of dropped(workspace, decided)) lost.push({ ...note, winner: winnerOf(workspace, note, decider) })
  await loseHolds(session, lost, decider)
  return lost
}

/** Sends the records of holds that a hub may lack: what has another epoch has another order, in which they have no place yet. */
async function sendHeld({ session }: HubDecider, notes: readonly HoldNote[]): Promise<void> {
  const changed = new Map<string, Set<string>>()
  for (const { kind, recordId } of notes) {
    const { directory } = session.registry.get(kind) ?? {}
    if (directory === undefined) continue
    changed.set(directory, (changed.get(directory) ?? new Set()).add(`${recordId}.json`))
  }
  // What cannot be sent has no place in the order, and is judged once it has.
  if (changed.size > 0) await (await import('../push/push.js')).push(session, { changed })
}

/**
 * Those that have ended by what the hub has, and not by what their runs were told: what extended them came too late, or
 * another store of the same run, which did not know of it, has taken its place.
 */
function dropped(workspace: Workspace, notes: readonly HoldNote[]): readonly HoldNote[] {
  if (notes.length === 0) return []
  const { now } = workspace.view
  const ended = new Set(
    readHolds(workspace)
      .filter(({ confirmedUntil }) => confirmedUntil != null && confirmedUntil <= now)
      .map(({ kind, recordId }) => `${kind}/${recordId}`),
  )
  return notes.filter(({ kind, recordId }) => ended.has(`${kind}/${recordId}`))
}

/** Who has some of it by now; `null`: nobody. */
function winnerOf(workspace: Workspace, { kind, recordId }: HoldNote, { localAuthor }: HubDecider): HoldWinner | null {
  const holds = readHolds(workspace).filter((hold) => hold.kind === kind && hold.recordId === recordId)
  const [first] = holdsAgainst(workspace, { holds, localAuthor, passesAdvisory: true })
  return first === undefined ? null : asWinner(first)
}

function asWinner({ runId, until, what }: Hold): HoldWinner {
  return { runId, until: until === null ? null : formatTimestamp(until), what }
}

/** Gives back holds that other runs have, and notes that their own have lost them. */
export async function loseHolds(session: Session, lost: readonly LostHold[], decider: Decider): Promise<void> {
  const notes = new HoldNotes(session.workspace.repo)
  const noted = lost.map((one): HoldNote => {
    const { process = null, decidedBy = null, passesAdvisory = false } = notes.read(one.kind, one.recordId) ?? {}
    return { ...one, state: 'lost', process, decidedBy, passesAdvisory, isTold: false }
  })
  // As soon as its record is there: a run that never hears of it goes on.
  await giveBackAll(session, noted, 'another run has it', decider, (one) => notes.write(one))
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

/** Removes the notes that nobody needs any more. Returns those on what has not ended. */
function sweep({ view }: Workspace, notes: HoldNotes, all: readonly HoldNote[]): readonly HoldNote[] {
  if (all.length === 0) return []
  // One look for them all, and no wait between it and what it says.
  const records = view.alive()
  for (const note of all) if (isOver(records, note)) notes.remove(note)
  return all.filter(({ kind, recordId }) => {
    const end = records.endOf(kind, recordId)
    return typeof end !== 'number' || end > records.now
  })
}

/** For how long a run that does not ask is told of a loss, or that what it was told to have has ended. */
const TOLD_MILLISECONDS = 24 * 3600 * 1000

/**
 * Its record has lapsed or was given back; what its run was told to have stays for a while for its next beat to say so, what is
 * lost until its run has been told, and it would have lapsed by itself.
 */
function isOver(records: Standing, note: HoldNote): boolean {
  const { kind, recordId, state, isTold } = note
  const entry = records.named(kind, recordId)
  if (entry === undefined) return state !== 'undecided'
  if (state === 'lost' && isTold) return entry.lapsed
  const end = records.endOf(kind, recordId)
  const keptFor = isOpen(note) ? 0 : TOLD_MILLISECONDS
  return typeof end === 'number' && end + keptFor <= records.now
}

/** Notes what the order of the space says of a hold. Returns it where it is lost. */
function settle(workspace: Workspace, notes: HoldNotes, decider: HubDecider, note: HoldNote): readonly LostHold[] {
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
      return [{ ...note, winner: asWinner(first) }]
    }
  }
}
