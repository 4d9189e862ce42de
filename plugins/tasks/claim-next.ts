import { type BoardTask, readBoard } from './board.js'
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

/**
 * Claims the first task that can be had: highest priority, then oldest, then by id. Whoever loses one goes on to the
 * next. Ends without one only when nobody else is in the middle of taking what is left.
 */
export async function claimNext(claimer: Claimer, { queues, ttlSeconds }: Wish): Promise<ClaimOutcome> {
  // What the hub has refused shows in the view only after a pull, and a pull may be older than the refusal.
  const refused = new Set<string>()
  for (;;) {
    const board = openTasks(claimer).filter(({ queue }) => queues.length === 0 || queues.includes(queue))
    let isContested = false
    let isBehind = false
    // The view knows more than this board by then, and one claim is read in a hundredth of the time.
    const isTaken = ({ taskId }: BoardTask) =>
      isBehind && claimState(claimer.workspace.view.named('claim', taskId)) !== 'free'
    for (const task of board) {
      if (task.status !== 'pending' || refused.has(task.taskId) || isTaken(task)) continue
      const tried = await tryClaim(claimer, task, ttlSeconds, true)
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
function openTasks({ workspace }: Claimer): readonly BoardTask[] {
  return [...readBoard(workspace.view.alive()).values()]
}
