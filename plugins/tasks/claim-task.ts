import { findId, type LeaseAnswer } from '../../src/plugin.js'
import { type BoardTask, readBoard } from './board.js'
import type { Claim } from './claim-state.js'
import type { Claimer } from './claimer.js'
import { findTask } from './find-task.js'
import { hadIt } from './had-it.js'
import { pause } from './pause.js'
import { taskErrors } from './task-errors.js'

/** A task that a run has, as the verbs print it. */
export interface ClaimedTask {
  readonly taskId: string
  readonly runId: string
  readonly title: string
  readonly queue: string
  readonly priority: number
  readonly tags: readonly string[]
  /** As it was enqueued. */
  readonly payload: unknown
  readonly claimedAt: string
  readonly expiresAt: string
  /** The fencing number; `null` where no hub gave one. */
  readonly token: number | null
  /** Whether the run had it already, so that this only moved its end. */
  readonly renewed: boolean
  /** Taken without asking the hub that will decide. */
  readonly provisional: boolean
  /** `owner/slug` of the space that granted it; `null`: this machine did. */
  readonly space: string | null
}

/** A claim that was granted, or what became of the try. */
type Try = { readonly claimed: ClaimedTask } | Exclude<LeaseAnswer, { outcome: 'granted' }>

/**
 * Claims one task for the run of the claimer, or moves the end of its claim. The hub, where there is one, says yes first.
 *
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`, `TASK_FINISHED`, `TASK_WAITS` (exit 4); `RECORD_HELD` (6); `LEASE_LOST`
 *   (7), when the run had it; what `Leases.put` throws
 */
export async function claimTask(claimer: Claimer, id: string, ttlSeconds: number): Promise<ClaimedTask> {
  for (;;) {
    const board = readBoard(claimer.workspace)
    const task = board.get(findId('task', id, [...board.keys()])) as BoardTask
    assertClaimable(claimer, task)
    const tried = await tryClaim(claimer, task, ttlSeconds)
    if ('claimed' in tried) return tried.claimed
    if (tried.outcome === 'refused') {
      const { holder } = tried
      if (hadIt(claimer, task)) throw taskErrors.lost(task.taskId, claimer.runId, holder)
      throw taskErrors.held(task.taskId, holder?.runId ?? 'another run', holder?.expiresAt ?? null)
    }
    if (tried.outcome === 'finished') {
      // By this run, from another process or in a call that was cut off after the hub had it.
      await claimer.leases.refresh()
      throw taskErrors.finished(findTask(claimer.workspace, id))
    }
    await pause(claimer.session.signal)
  }
}

/** @throws as {@link claimTask} */
function assertClaimable(claimer: Claimer, task: BoardTask): void {
  const { status, claim, taskId } = task
  if (status === 'completed' || status === 'failed') throw taskErrors.finished(task)
  if (status === 'waiting' || status === 'blocked') throw taskErrors.waits(task)
  if (status === 'pending' || claim === undefined || claim.runId === claimer.runId) return
  // Whoever decides is asked, and a hub by its own clock. Of a provisional claim a hub knows nothing.
  if (claimer.leases.note('claim', taskId, claim.runId)?.state !== 'provisional') return
  if (hadIt(claimer, task)) throw taskErrors.lost(taskId, claimer.runId, claim)
  throw taskErrors.held(taskId, claim.runId, claim.expiresAt)
}

/**
 * Asks once, whoever has it.
 *
 * @param newsWhenRefused see `LeaseRequest`
 */
export async function tryClaim(
  claimer: Claimer,
  task: BoardTask,
  ttlSeconds: number,
  newsWhenRefused = false,
): Promise<Try> {
  const { leases, workspace, runId } = claimer
  const { claim, taskId } = task
  const renewed = task.status === 'claimed' && claim?.runId === runId
  const claimedAt = (renewed && claim?.payload.claimed_at) || workspace.timestamp()
  const payload = {
    ...(renewed ? claim?.payload : {}),
    schema_version: '1',
    task_id: taskId,
    claimer_run_id: runId,
    claimed_at: claimedAt,
    expires_at: workspace.timestamp(ttlSeconds),
    status: 'claimed',
  } satisfies Claim & { schema_version: string }
  const answer = await leases.put({ kind: 'claim', payload, seen: claim, newsWhenRefused })
  if (answer.outcome !== 'granted') return answer
  const { title, queue, priority, tags, entry } = task
  return {
    claimed: {
      taskId,
      runId,
      title,
      queue,
      priority,
      tags,
      payload: entry.payload.payload ?? null,
      claimedAt,
      expiresAt: payload.expires_at,
      token: answer.token,
      renewed,
      provisional: leases.isProvisional,
      space: leases.space,
    },
  }
}
