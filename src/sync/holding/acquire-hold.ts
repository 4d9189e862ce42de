import { coordError } from '../../base/errors.js'
import { formatTimestamp } from '../../base/timestamp.js'
import { processMark } from '../../files/process-mark.js'
import type { Hold, Kind } from '../../kinds/kind.js'
import { isNamesake } from '../../record/merge/tenure.js'
import type { CoordRecord } from '../../record/record.js'
import { freshness, hasNeverPulled } from '../../workspace/freshness.js'
import { type HoldNote, HoldNotes } from '../../workspace/holding/hold-notes.js'
import {
  assertNoneBroken,
  holdsAgainst,
  judgeHold,
  tenantOf,
  unreadHolds,
  type Verdict,
} from '../../workspace/holds.js'
import { placeOf } from '../../workspace/place.js'
import type { Session } from '../../workspace/session.js'
import { noteCollisions } from '../../workspace/worth/note-worth.js'
import { awaitTurn } from './await-turn.js'
import { bring, bringAtFirst, type Decider, decisionOf, type HubDecider, openDecider, send } from './decider.js'
import { giveBack } from './give-back.js'
import type { ExclusiveWish, HoldAnswer } from './hold-answer.js'
import { settleHolds } from './settle-holds.js'

/**
 * Has something exclusively for a run, or says who has it: of any number that ask at once, in all stores of a space, exactly
 * the first gets it. Without a hub the turns of the store decide; with one the order of its space, by the time at which it
 * took the record.
 *
 * @throws `HOLDS_UNKNOWN` when a record that may hold it is broken; `LEASE_UNCONFIRMED` when the hub is out of reach; `HOLD_LATE` when the hold was over before its run could be told
 */
export async function acquireHold(session: Session, wish: ExclusiveWish): Promise<HoldAnswer> {
  const answer = await acquire(session, wish)
  if (answer.outcome === 'refused' && !answer.isNamesake && wish.isToldOnly !== true) {
    noteCollisions(session, wish.runId, answer.by)
  }
  return answer
}

async function acquire(session: Session, wish: ExclusiveWish): Promise<HoldAnswer> {
  const decider = await openDecider(session, wish.isOffline)
  await settleHolds(session, decider)
  // Who waits says for whom; and who has never pulled knows no time but its own, by which no end may be written.
  if (decider.by === 'hub' && (wish.waiting || hasNeverPulled(freshness(session)))) await bringAtFirst(decider)
  let looked = await look(session, wish, decider)
  if ('outcome' in looked && decider.by === 'hub') {
    // By now it may be given back elsewhere.
    await bringAtFirst(decider)
    looked = await look(session, wish, decider)
  }
  if ('outcome' in looked) return looked
  const { record, by } = looked
  const note = noteOf(wish, decider)
  if (decider.by === 'hub') return decide(session, wish, decider, record)
  if (by.length > 0) return awaitTurn(session, decider, { wish, record, note, by })
  const isProvisional = decider.by === 'later'
  new HoldNotes(session.workspace.repo).write({ ...note, state: isProvisional ? 'provisional' : 'held' })
  return { outcome: 'held', record, until: record.expiresAt, isProvisional }
}

type Look = { readonly record: CoordRecord; readonly by: readonly Hold[] } | Extract<HoldAnswer, { outcome: 'refused' }>

/** Looks at the store and writes the record in one turn: of two runs of a store the second sees what the first has written. */
async function look(session: Session, wish: ExclusiveWish, decider: Decider): Promise<Look> {
  const { workspace } = session
  const holds = wantedHolds(session, wish, decider)
  const { localAuthor } = decider
  const passesAdvisory = wish.passesAdvisory === true
  let by: readonly Hold[] = []
  const notes = new HoldNotes(workspace.repo)
  let isNoted = false
  const record = await workspace.writeInTurn(wish.kind, () => {
    by = holdsAgainst(workspace, { holds, localAuthor, passesAdvisory })
    if (by.length > 0 && wish.waiting === undefined) return null
    if (wish.passesBroken !== true) assertNoneBroken(unreadHolds(workspace))
    // Before the record is there: at no time it stands without anybody knowing that its run has not been told.
    notes.write(noteOf(wish, decider))
    isNoted = true
    return wish.payload(by)
  })
  // Another process was faster, and it was decided once more: what was noted before that is of no record.
  if (record === null && isNoted) notes.remove(wish)
  return record === null ? refusal(wish, by, session, decider) : { record, by }
}

async function decide(
  session: Session,
  wish: ExclusiveWish,
  decider: HubDecider,
  record: CoordRecord,
): Promise<HoldAnswer> {
  const { workspace } = session
  const [kind] = workspace.registry.select([wish.kind]) as [Kind]
  const elapsed = stopwatch(session)
  const passesAdvisory = wish.passesAdvisory === true
  let verdict: Verdict
  try {
    await send(decider, kind, record)
    await bring(decider)
    verdict = judgeHold(workspace, wish, { localAuthor: decider.localAuthor, passesAdvisory })
  } catch (error) {
    // Whether the hub has it or not: nobody was told, so nobody may be kept out by it.
    await giveBack(session, wish, 'the hub could not be asked', { by: 'later', localAuthor: null })
    throw error
  }
  const notes = new HoldNotes(workspace.repo)
  const note = noteOf(wish, decider)
  switch (verdict.outcome) {
    case 'kept_out':
      if (wish.waiting) return awaitTurn(session, decider, { wish, record, note, by: verdict.by })
      await giveBack(session, wish, 'another run was first', decider)
      return refusal(wish, verdict.by, session, decider)
    case 'unplaced':
      // A hub that tells neither order nor time can decide nothing.
      notes.write({ ...note, state: 'provisional', decidedBy: null })
      return { outcome: 'held', record, until: record.expiresAt, isProvisional: true }
    case 'held':
      // The hub's time now is at most that at which it took the record, and all that has passed since it was sent.
      if (verdict.until === null || verdict.until > verdict.moment + elapsed()) {
        notes.write({ ...note, state: 'held', decidedBy: decisionOf(decider) })
        const until = verdict.until === null ? null : formatTimestamp(verdict.until)
        return { outcome: 'held', record, until, isProvisional: false }
      }
  }
  await giveBack(session, wish, 'over before its run was told', decider)
  throw coordError('HOLD_LATE', wish.what.join(' '), String(record.expiresAt))
}

/** What is asked for, as the holds that it would be. */
function wantedHolds({ workspace }: Session, wish: ExclusiveWish, { localAuthor }: Decider): readonly Hold[] {
  const { kind, recordId, runId } = wish
  const place = placeOf(workspace.repo)
  const rest = { since: null, until: null, token: null, isExclusive: true, author: localAuthor, place }
  return wish.what.map((what) => ({ kind, recordId, what, runId, ...rest }))
}

function noteOf({ kind, recordId, runId, what, passesAdvisory = false }: ExclusiveWish, decider: Decider): HoldNote {
  const decided = { process: processMark(), decidedBy: decider.by === 'hub' ? decisionOf(decider) : null }
  const lost = { winner: null, isTold: false }
  return { kind, recordId, runId, what, state: 'undecided', passesAdvisory, ...decided, ...lost }
}

function refusal(
  wish: ExclusiveWish,
  by: readonly Hold[],
  session: Session,
  { localAuthor }: Decider,
): Extract<HoldAnswer, { outcome: 'refused' }> {
  const own = wantedHolds(session, wish, { by: 'later', localAuthor })[0] as Hold
  const isSomeNamesake = by.some((hold) => isNamesake(tenantOf(hold, localAuthor), tenantOf(own, localAuthor)))
  return { outcome: 'refused', by, isNamesake: isSomeNamesake }
}

/** Milliseconds since now, by whichever clock says that more have passed: one may stand while the machine sleeps. */
function stopwatch({ clock }: Session): () => number {
  const [ticks, time] = [performance.now(), clock.now()]
  return () => Math.max(performance.now() - ticks, clock.now() - time)
}
