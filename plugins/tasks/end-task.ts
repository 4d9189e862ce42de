import { coordError, placeText, readPlace } from '../../src/plugin.js'
import { findTask, type TaskRecord } from './board.js'
import type { Claimer } from './claimer.js'
import { type Claim, type FinalState, isFinal, readClaim } from './claims.js'
import { taskErrors } from './task-errors.js'

/** How a run ends its work on a task. `returned`: everybody may claim it again at once. */
export interface Ending {
  readonly status: FinalState | 'returned'
  /** What the work came to; any JSON. */
  readonly result?: unknown
  readonly error?: string | undefined
  /** The task in the place of one that is withdrawn. */
  readonly replacedBy?: string | undefined
  /** With `returned`: it is handed over. */
  readonly hand?: Pick<Claim, 'handed_to' | 'handed_until' | 'note'> | undefined
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
 * @throws `TASK_NOT_CLAIMED`, `TASK_ENDED`, `RECORD_HELD`, `LEASE_LOST`, `NAMESAKE`
 */
export async function endTask(claimer: Claimer, id: string, ending: Ending): Promise<EndedTask> {
  const { leases, workspace, runId } = claimer
  let isRefreshed = false
  for (;;) {
    const task = findTask(workspace, id)
    const { taskId, claim } = task
    // Before all else: it may have failed by that.
    if (ending.status === 'returned' && isGivenBack(task, runId)) {
      return { ...answerOf(claimer, taskId, claim?.payload ?? {}, ending), unchanged: true }
    }
    if (isEnded(task) && claim?.runId === runId) {
      if (task.state !== ending.status) throw taskErrors.otherEnding(task, ending.status)
      return { ...answerOf(claimer, taskId, claim.payload, ending), unchanged: true }
    }
    if (!isRefreshed && task.state !== 'claimed' && !leases.hasHeld('claim', taskId, runId)) {
      // Whose it is may not have come here yet, and the answer depends on it.
      await leases.refresh()
      isRefreshed = true
      continue
    }
    assertOwn(claimer, task)
    const { status, result, error, replacedBy, hand } = ending
    const fields = {
      status,
      ended_at: workspace.timestamp(),
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
      ...(replacedBy === undefined ? {} : { replaced_by: replacedBy }),
      ...hand,
    }
    const answer = await leases.tryEnd({
      kind: 'claim',
      recordId: taskId,
      runId,
      fields,
      forGood: status !== 'returned',
    })
    if (answer.outcome === 'granted') return { ...answerOf(claimer, taskId, answer.payload, ending), unchanged: false }
    if (answer.outcome === 'refused') throw taskErrors.lost(taskId, runId, answer.holder)
    if (answer.outcome === 'finished') {
      // Only who gives back meets it: the hub has an end of this run that this workspace has not seen.
      await leases.refresh()
      const ended = findTask(workspace, id)
      if (!isGivenBack(ended, runId)) throw taskErrors.otherEnding(ended, status)
      continue
    }
    await leases.giveWay()
  }
}

function isEnded({ state }: TaskRecord): boolean {
  return isFinal(state)
}

/** By that run itself, and nobody has had it since. */
function isGivenBack({ claim }: TaskRecord, runId: string): boolean {
  if (claim?.runId !== runId) return false
  const { status, takenBy } = readClaim(claim.payload)
  return status === 'returned' && takenBy === null
}

/** @throws `LEASE_LOST`, `RECORD_HELD`, `TASK_NOT_CLAIMED`, `NAMESAKE` */
function assertOwn({ leases, runId }: Claimer, { taskId, claim, state }: TaskRecord): void {
  const note = leases.note('claim', taskId, runId)
  if (note?.state === 'lost') throw taskErrors.lost(taskId, runId, note.holder)
  const isHeld = state !== 'free'
  if (isHeld && claim?.runId === runId) {
    const { payload } = claim
    const place = readPlace(payload.place)
    if (place === null || leases.isWrittenHere({ kind: 'claim', recordId: taskId, runId, payload })) return
    // It has not said that it goes on here.
    throw coordError('NAMESAKE', runId, placeText(place))
  }
  const hadIt = leases.hasHeld('claim', taskId, runId)
  if (isHeld && claim !== undefined) {
    throw hadIt ? taskErrors.lost(taskId, runId, claim) : taskErrors.held(taskId, claim.runId, claim.expiresAt)
  }
  if (!hadIt) throw taskErrors.neverHeld(taskId, runId)
}

function answerOf(
  { leases, runId, workspace }: Claimer,
  taskId: string,
  payload: Claim,
  { status }: Ending,
): Omit<EndedTask, 'unchanged'> {
  const { endedAt, result, error } = readClaim(payload)
  return {
    ...{ taskId, runId, status, result, error },
    endedAt: endedAt ?? workspace.timestamp(),
    provisional: leases.isProvisional,
    space: leases.space,
  }
}
