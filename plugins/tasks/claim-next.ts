import { type BoardTask, readBoard } from './board.js'
import { claimFirst } from './claim-first.js'
import { type ClaimedTask, tryClaim } from './claim-task.js'
import type { Claimer } from './claimer.js'
import { claimState } from './claims.js'

/** Which task a run wants. */
export interface Wish {
  /** Queues to take from; empty: all of them. */
  readonly queues: readonly string[]
  readonly ttlSeconds: number
}

/** A claimed task, or the tasks of the queues that are not finished, none of which can be had. */
export type ClaimOutcome =
  | { readonly claimed: ClaimedTask }
  | { readonly claimed: null; readonly board: readonly BoardTask[] }

/** How many tasks are asked for at once: as many as others may have taken since they were looked at. Then more and more. */
const FIRST_COUNT = 24
const MORE = 4
const MOST = 384

/**
 * Claims the first task that can be had: highest priority, then oldest, then by id. Ends without one only when nobody else is
 * in the middle of taking what is left.
 *
 * @param isCurrent what others wrote has just been fetched; else it is before there is said to be nothing
 */
export async function claimNext(claimer: Claimer, wish: Wish, isCurrent = true): Promise<ClaimOutcome> {
  if (await claimer.leases.canAcquireFirst('claim')) return claimTogether(claimer, wish, isCurrent)
  if (!isCurrent) await claimer.leases.refresh()
  return claimOneByOne(claimer, wish)
}

/** Asks for several at once, so that nobody who asks at the same time asks in vain. */
async function claimTogether(claimer: Claimer, wish: Wish, isCurrent: boolean): Promise<ClaimOutcome> {
  const { leases } = claimer
  let isKnown = isCurrent
  const refused = new Set<string>()
  for (let count = FIRST_COUNT; ; count = Math.min(count * MORE, MOST)) {
    const board = openTasks(claimer, wish)
    const free = board.filter(({ status, taskId }) => status === 'pending' && !refused.has(taskId))
    let isContested = false
    while (free.length > 0 && !isContested) {
      const outcome = await claimFirst(claimer, free.splice(0, count), wish.ttlSeconds)
      if (outcome.claimed !== null) return outcome
      for (const taskId of outcome.refused) refused.add(taskId)
      isContested = outcome.isContested
      count = Math.min(count * MORE, MOST)
    }
    if (isContested) await leases.giveWay()
    else if (isKnown) return { claimed: null, board }
    else {
      await leases.refresh()
      isKnown = true
      // What was refused may have been given back since, and shows so now.
      refused.clear()
    }
  }
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
      const tried = await tryClaim(claimer, task, wish.ttlSeconds, true)
      if ('claimed' in tried) return tried
      if (tried.outcome === 'refused' || tried.outcome === 'finished') {
        refused.add(task.taskId)
        isBehind = true
      } else isContested = true
    }
    if (!isBehind && !isContested) return { claimed: null, board }
    if (isContested) await claimer.leases.giveWay()
  }
}

/** In the order in which they are claimed. */
function openTasks({ workspace }: Claimer, { queues }: Wish): readonly BoardTask[] {
  const all = [...readBoard(workspace.view.alive()).values()]
  return queues.length === 0 ? all : all.filter(({ queue }) => queues.includes(queue))
}
