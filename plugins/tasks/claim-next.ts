import { type BoardTask, pendingTasks, readBoard, type Seen } from './board.js'
import { claimFirst } from './claim-first.js'
import { type ClaimedTask, tryClaim } from './claim-task.js'
import type { Claimer } from './claimer.js'
import { claimState, handedToOther } from './claims.js'
import { Lately, NEWS_MILLISECONDS } from './lately.js'

/** Which task a run wants. */
export interface Wish {
  /** Queues to take from; empty: all of them. */
  readonly queues: readonly string[]
  readonly ttlSeconds: number
}

/** What the caller knows of the workspace. */
export interface Known {
  /** A look at it a moment ago; `null`: there was none. */
  readonly seen: Seen | null
  /** What others wrote had just been fetched. If not, that is done before there is said to be nothing. */
  readonly isCurrent: boolean
}

const FETCHED: Known = { seen: null, isCurrent: true }

/** A claimed task, or the tasks of the queues that are not finished, none of which can be had. */
export type ClaimOutcome =
  | { readonly claimed: ClaimedTask }
  | { readonly claimed: null; readonly board: readonly BoardTask[] }

/** How many tasks are asked for at once: as many as others may have taken since they were looked at. Then more and more. */
const FIRST_COUNT = 24
/** By whoever has just claimed one, which nobody else asked for. */
const FEWEST = 4
const MORE = 4
const MOST = 384

/**
 * Claims the first task that can be had: highest priority, then oldest, then by id. Ends without one only when nobody else is
 * in the middle of taking what is left.
 *
 * @param known left out: what others wrote has just been fetched
 */
export async function claimNext(claimer: Claimer, wish: Wish, known: Known = FETCHED): Promise<ClaimOutcome> {
  if (await claimer.leases.canAcquireFirst('claim')) return claimTogether(claimer, wish, known)
  if (!known.isCurrent) await claimer.leases.refresh()
  return claimOneByOne(claimer, wish)
}

/** Asks for several at once, so that nobody who asks at the same time asks in vain. */
async function claimTogether(claimer: Claimer, wish: Wish, { seen: earlier, isCurrent }: Known): Promise<ClaimOutcome> {
  const { leases, workspace, session } = claimer
  const lately = Lately.of(session)
  let isKnown = isCurrent
  let slack = NEWS_MILLISECONDS
  let look = earlier
  const refused = new Set<string>()
  for (let count = firstCount(lately.refusals); ; count = countAfter(count)) {
    const seen = look ?? session.snapshot(slack).workspace.view.alive()
    look = null
    const free = pending(seen, wish, count)
    const isLeft = (task: BoardTask) =>
      handedToOther(task.claim, claimer.runId, workspace.view.now) === null && (slack === 0 || !lately.wasRefused(task))
    let isContested = false
    while (!isContested) {
      const tasks = take(free, count, (task) => !refused.has(task.taskId) && isLeft(task))
      if (tasks.length === 0) break
      const outcome = await claimFirst(claimer, tasks, wish.ttlSeconds, seen)
      for (const { taskId } of outcome.refused) refused.add(taskId)
      lately.noteRefused(outcome.refused)
      if (outcome.claimed !== null) {
        lately.noteClaimed(refused.size)
        return { claimed: outcome.claimed }
      }
      isContested = outcome.isContested
      count = countAfter(count)
    }
    if (isContested) await leases.giveWay()
    else if (isKnown && slack === 0) return { claimed: null, board: openTasks(claimer, wish) }
    else {
      if (!isKnown) await leases.refresh()
      isKnown = true
      slack = 0
      // What was refused may have been given back since, and shows so now.
      refused.clear()
    }
  }
}

/** @param refusals how many tasks were refused to this process lately; `null`: it has not claimed any */
function firstCount(refusals: number | null): number {
  return refusals === null ? FIRST_COUNT : Math.min(FEWEST + 2 * refusals, FIRST_COUNT)
}

function countAfter(count: number): number {
  return Math.min(Math.max(count * MORE, FIRST_COUNT), MOST)
}

/** What can be claimed, in that order, as far as it is asked for. @param count how many are asked for at first */
function pending(seen: Seen, wish: Wish, count: number): Iterator<BoardTask, void> {
  // Those of a few queues may be few among many: all are read at once then.
  if (wish.queues.length === 0) return pendingTasks(seen, count)
  return tasksOf(seen, wish)
    .filter(({ status }) => status === 'pending')
    .values()
}

function take(tasks: Iterator<BoardTask, void>, count: number, isWanted: (task: BoardTask) => boolean): BoardTask[] {
  const taken: BoardTask[] = []
  while (taken.length < count) {
    const { value } = tasks.next()
    if (!value) break
    if (isWanted(value)) taken.push(value)
  }
  return taken
}

/** Where the hub cannot be asked for several at once, or there is none: whoever loses one goes on to the next. */
async function claimOneByOne(claimer: Claimer, wish: Wish): Promise<ClaimOutcome> {
  // What the hub has refused shows in the view only after a pull, and a pull may be older than the refusal.
  const refused = new Set<string>()
  for (;;) {
    const board = openTasks(claimer, wish)
    let isContested = false
    let isBehind = false
    // The view knows more than this board by then, and one claim is read in a hundredth of the time.
    const isTaken = ({ taskId }: BoardTask) =>
      isBehind && claimState(claimer.workspace.view.named('claim', taskId)) !== 'free'
    for (const task of board) {
      if (task.status !== 'pending' || refused.has(task.taskId) || isTaken(task)) continue
      if (handedToOther(task.claim, claimer.runId, claimer.workspace.view.now) !== null) continue
      const tried = await tryClaim(claimer, task, wish.ttlSeconds, true)
      if ('claimed' in tried) return tried
      if (tried.outcome === 'refused' || tried.outcome === 'finished' || tried.outcome === 'closed') {
        refused.add(task.taskId)
        isBehind = true
      } else isContested = true
    }
    if (!isBehind && !isContested) return { claimed: null, board }
    if (isContested) await claimer.leases.giveWay()
  }
}

function openTasks({ workspace }: Claimer, wish: Wish): readonly BoardTask[] {
  return tasksOf(workspace.view.alive(), wish)
}

/** In the order in which they are claimed. */
function tasksOf(seen: Seen, { queues }: Wish): readonly BoardTask[] {
  const all = [...readBoard(seen).values()]
  return queues.length === 0 ? all : all.filter(({ queue }) => queues.includes(queue))
}
