import type { HeldLease, LeaseRefusal } from '../../src/plugin.js'
import { type BoardTask, type Seen, taskNamed } from './board.js'
import { type ClaimedTask, claimedTask, claimWish } from './claim-task.js'
import type { Claimer } from './claimer.js'
import type { Claim } from './claims.js'

/** What came of asking for several tasks at once. */
export interface FirstOutcome {
  /** `null`: none of them. */
  readonly claimed: ClaimedTask | null
  /** The tasks that others have, or that are finished, as far as the hub has looked at them. */
  readonly refused: readonly BoardTask[]
  /** Where none is claimed: one of them may be had by asking again. */
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
  const refused = tasks.filter((_, index) => isRefusal(answers[index] ?? null))
  return { claimed, refused, isContested: claimed === null && refused.length < tasks.length }
}

/** The task as its file has it now: what is to be done may have been rewritten since it was found. */
function asItIs({ workspace }: Claimer, task: BoardTask): BoardTask {
  return { ...task, ...taskNamed(workspace.view.again('task', [task.taskId]), task.taskId) }
}

function isRefusal(answer: LeaseRefusal | { readonly lease: HeldLease } | null): boolean {
  return answer !== null && 'outcome' in answer && (answer.outcome === 'refused' || answer.outcome === 'finished')
}
