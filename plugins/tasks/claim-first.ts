import type { LeaseRefusal } from '../../src/plugin.js'
import { type BoardTask, type Seen, taskNamed } from './board.js'
import { type ClaimedTask, claimedTask, claimWish } from './claim-task.js'
import type { Claimer } from './claimer.js'
import type { Claim } from './claims.js'

/** What came of asking for several tasks at once. */
export type FirstOutcome =
  | { readonly claimed: ClaimedTask }
  | {
      readonly claimed: null
      /** Of the tasks that others have, or that are finished. */
      readonly refused: readonly string[]
      /** One of them may be had by asking again. */
      readonly isContested: boolean
    }

/**
 * Asks the hub, in one request, for the first of several tasks that is free: whoever asks at the same time gets the next ones.
 *
 * @param tasks in the order in which they are claimed
 * @param seen where they were found
 */
export async function claimFirst(
  claimer: Claimer,
  tasks: readonly BoardTask[],
  ttlSeconds: number,
  seen: Seen,
): Promise<FirstOutcome> {
  const { leases } = claimer
  const answers = await leases.tryAcquireFirst(
    tasks.map((task) => claimWish(claimer, task, ttlSeconds)),
    seen,
  )
  let claimed: ClaimedTask | null = null
  for (const [index, answer] of answers.entries()) {
    if (answer === null || !('lease' in answer)) continue
    const { lease } = answer
    if (claimed === null) {
      claimed = claimedTask(claimer, asItIs(claimer, tasks[index] as BoardTask), lease)
      continue
    }
    const fields: Claim = { status: 'returned', ended_at: claimer.workspace.timestamp(), error: 'not wanted' }
    await leases.release({ kind: lease.kind, recordId: lease.recordId, runId: lease.runId, fields })
  }
  if (claimed !== null) return { claimed }
  const refused = tasks.filter((_, index) => isRefusal(answers[index] as LeaseRefusal | null))
  return { claimed: null, refused: refused.map(({ taskId }) => taskId), isContested: refused.length < tasks.length }
}

/** The task as its file has it now: what is to be done may have been rewritten since it was found. */
function asItIs({ workspace }: Claimer, task: BoardTask): BoardTask {
  return { ...task, ...taskNamed(workspace.view.again('task', [task.taskId]), task.taskId) }
}

function isRefusal(answer: LeaseRefusal | null): boolean {
  return answer?.outcome === 'refused' || answer?.outcome === 'finished'
}
