import { type HeldLease, type LeaseRefusal, type LeaseWish, WHOEVER_COMMITTED } from '../../src/plugin.js'
import { type Attempt, attemptFields, attemptsOf, earlierAttempts } from './attempts.js'
import { type BoardTask, findTask, foundTask, readBoard } from './board.js'
import type { Claimer } from './claimer.js'
import { type Claim, claimState, handedToOther, isFinal, readClaim } from './claims.js'
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
  /** What became of those who had it before, the oldest first: 20 at most. */
  readonly attempts: readonly Attempt[]
  /** The fencing number; `null` where no hub gave one. */
  readonly token: number | null
  /** Whether the run had it already, so that this only moved its end. */
  readonly renewed: boolean
  /** Whether the run had it already when it asked for anything to do. */
  readonly resumed: boolean
  /** Taken without asking the hub that will decide. */
  readonly provisional: boolean
  /** `owner/slug` of the space that granted it; `null`: this machine did. */
  readonly space: string | null
}

/**
 * Claims one task for the run of the claimer, or moves the end of its claim. The hub, where there is one, says yes first.
 *
 * @param options `mayWait`: also one that waits for others, is blocked, or was handed to another run
 * @throws `TASK_FINISHED`, `TASK_WAITS`, `RECORD_HELD`; `LEASE_LOST` when the run had it
 */
export async function claimTask(
  claimer: Claimer,
  id: string,
  ttlSeconds: number,
  { mayWait = false }: { readonly mayWait?: boolean } = {},
): Promise<ClaimedTask> {
  const { leases, workspace, runId } = claimer
  for (;;) {
    const { taskId } = findTask(workspace, id)
    const { view } = workspace
    const task = foundTask(view, readBoard(view.alive([taskId])).get(taskId), taskId)
    const { status } = task
    if (isFinal(status)) throw taskErrors.finished(task)
    if (!mayWait && (status === 'waiting' || status === 'blocked')) throw taskErrors.waits(task)
    const handed = mayWait ? null : handedToOther(task.claim, runId, view.now)
    if (handed !== null) throw taskErrors.handed(taskId, handed)
    const { claim } = task
    // Nobody who decides of leases knows of it: it came with its task.
    if (status === 'claimed' && claim?.author === WHOEVER_COMMITTED && claim.runId !== runId)
      throw taskErrors.held(taskId, claim.runId, claim.expiresAt)
    const hadIt = leases.hasHeld('claim', taskId, runId)
    const tried = await tryClaim(claimer, task, ttlSeconds)
    if ('claimed' in tried) return tried.claimed
    if (tried.outcome === 'refused') {
      const { holder } = tried
      if (hadIt) throw taskErrors.lost(taskId, runId, holder)
      throw taskErrors.held(taskId, holder?.runId ?? 'another run', holder?.expiresAt ?? null)
    }
    if (tried.outcome === 'finished') {
      // By this run, from another process or in a call that was cut off after the hub had it.
      await leases.refresh()
      throw taskErrors.finished(findTask(workspace, id))
    }
    if (tried.outcome === 'closed') throw taskErrors.closed(taskId, runId, tried.until)
    await leases.giveWay()
  }
}

/**
 * Asks once, whoever has it.
 *
 * @param pullsWhenRefused brings what the others took meanwhile before a refusal is told
 */
export async function tryClaim(
  claimer: Claimer,
  task: BoardTask,
  ttlSeconds: number,
  pullsWhenRefused = false,
): Promise<{ readonly claimed: ClaimedTask } | LeaseRefusal> {
  const tried = await claimer.leases.tryAcquire(claimWish(claimer, task, ttlSeconds), pullsWhenRefused)
  return 'lease' in tried ? { claimed: claimedTask(claimer, task, tried.lease) } : tried
}

/** What is asked for to have a task. */
export function claimWish(
  { workspace, runId, isWaiting = false }: Claimer,
  { taskId, claim }: BoardTask,
  ttlSeconds: number,
): LeaseWish {
  const attempts = attemptFields(attemptsOf(claim))
  const firstFields: Claim = { claimed_at: workspace.timestamp(), ...(attempts.length > 0 && { attempts }) }
  const fields: Claim = { status: 'claimed', ttl_seconds: ttlSeconds }
  const abandoned = claimState(claim) === 'free' ? claim : undefined
  return { kind: 'claim', recordId: taskId, runId, ttlSeconds, fields, firstFields, isWaiting, abandoned }
}

export function claimedTask(
  { leases, workspace, runId }: Claimer,
  { taskId, title, queue, priority, tags, payload }: BoardTask,
  { payload: claim, expiresAt, token, isRenewed, isProvisional }: HeldLease,
): ClaimedTask {
  return {
    ...{ taskId, runId, title, queue, priority, tags, payload },
    claimedAt: readClaim(claim).claimedAt ?? workspace.timestamp(),
    attempts: earlierAttempts(claim),
    ...{ expiresAt, token, renewed: isRenewed, resumed: false, provisional: isProvisional, space: leases.space },
  }
}
