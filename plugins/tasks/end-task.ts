import type { TaskRecord } from './board.js'
import type { Claim } from './claim-state.js'
import { LONG_AGO } from './claim-state.js'
import type { Claimer } from './claimer.js'
import { findTask } from './find-task.js'
import { hadIt } from './had-it.js'
import { pause } from './pause.js'
import { taskErrors } from './task-errors.js'

/** How a run ends its work on a task. `returned`: everybody may claim it again at once. */
export interface Ending {
  readonly status: 'completed' | 'failed' | 'returned'
  /** What the work came to; any JSON. */
  readonly result?: unknown
  readonly error?: string | undefined
}

/** A task whose claim was ended, as the verbs print it. */
export interface EndedTask {
  readonly taskId: string
  readonly runId: string
  readonly status: Ending['status']
  readonly endedAt: string
  readonly result: unknown
  readonly error: string | null
  /** It had ended like this before, so nothing was written. */
  readonly unchanged: boolean
  /** Written without asking the hub that will decide. */
  readonly provisional: boolean
  readonly space: string | null
}

/**
 * Ends the claim that the run of the claimer has on a task: for good, or giving it back.
 *
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS` (exit 4); `RECORD_HELD` (6); `LEASE_LOST` (7); `TASK_NOT_CLAIMED`,
 *   `TASK_ENDED` (1); what `Leases.put` throws
 */
export async function endTask(claimer: Claimer, id: string, ending: Ending): Promise<EndedTask> {
  const { leases, workspace, runId } = claimer
  let isRefreshed = false
  for (;;) {
    const task = findTask(workspace, id)
    const { taskId, claim } = task
    if (isEnded(task) && claim?.runId === runId) {
      if (task.state !== ending.status) throw taskErrors.otherEnding(task, ending.status)
      return { ...answerOf(claimer, taskId, claim.payload, ending), unchanged: true }
    }
    if (!isRefreshed && task.state !== 'claimed' && !hadIt(claimer, task)) {
      // Whose it is may not have come here yet, and the answer depends on it.
      await leases.refresh()
      isRefreshed = true
      continue
    }
    assertOwn(claimer, task)
    const own = claim?.runId === runId ? claim.payload : {}
    const payload = {
      ...own,
      schema_version: '1',
      task_id: taskId,
      claimer_run_id: runId,
      expires_at: ending.status === 'returned' ? LONG_AGO : null,
      status: ending.status,
      ended_at: workspace.timestamp(),
      ...(ending.result === undefined ? {} : { result: ending.result }),
      ...(ending.error === undefined ? {} : { error: ending.error }),
    }
    const answer = await leases.put({ kind: 'claim', payload, seen: claim, givesBack: ending.status === 'returned' })
    if (answer.outcome === 'granted') return { ...answerOf(claimer, taskId, payload, ending), unchanged: false }
    if (answer.outcome === 'refused') throw taskErrors.lost(taskId, runId, answer.holder)
    if (answer.outcome === 'finished') {
      // Only who gives back meets it: the hub has an end of this run that this workspace has not seen.
      await leases.refresh()
      throw taskErrors.otherEnding(findTask(workspace, id), ending.status)
    }
    await pause(claimer.session.signal)
  }
}

function isEnded({ state }: TaskRecord): boolean {
  return state === 'completed' || state === 'failed'
}

/** @throws `LEASE_LOST`, `RECORD_HELD`, `TASK_NOT_CLAIMED` */
function assertOwn(claimer: Claimer, task: TaskRecord): void {
  const { leases, runId } = claimer
  const { taskId, claim } = task
  const note = leases.note('claim', taskId, runId)
  if (note?.state === 'lost') throw taskErrors.lost(taskId, runId, note.holder)
  const isHeld = task.state !== 'free'
  if (isHeld && claim?.runId === runId) return
  const had = hadIt(claimer, task)
  if (isHeld && claim !== undefined) {
    throw had ? taskErrors.lost(taskId, runId, claim) : taskErrors.held(taskId, claim.runId, claim.expiresAt)
  }
  if (!had) throw taskErrors.neverHeld(taskId, runId)
}

function answerOf(
  { leases, runId, workspace }: Claimer,
  taskId: string,
  payload: Claim,
  { status }: Ending,
): Omit<EndedTask, 'unchanged'> {
  return {
    taskId,
    runId,
    status,
    endedAt: typeof payload.ended_at === 'string' ? payload.ended_at : workspace.timestamp(),
    result: payload.result ?? null,
    error: payload.error ?? null,
    provisional: leases.isProvisional,
    space: leases.space,
  }
}
