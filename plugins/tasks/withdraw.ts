import type { Session } from '../../src/plugin.js'
import { enterAs } from '../reserving/enter-as.js'
import { findTask, type TaskRecord } from './board.js'
import { claimTask } from './claim-task.js'
import { type Claimer, openClaimer } from './claimer.js'
import { type EndedTask, endTask } from './end-task.js'
import { type EnqueuedTask, enqueue, type NewTask } from './enqueue.js'
import { taskErrors } from './task-errors.js'

/** Long enough to write what stands in its place. */
const HELD_SECONDS = 60

export interface WithdrawRequest {
  readonly runId: string
  /** Id, or beginning of an id. */
  readonly task: string
  readonly reason?: string | undefined
  /** Does not ask the hub. */
  readonly isOffline?: boolean
}

/**
 * Takes a task back that this user has enqueued, or as the owner of the space any: it ends for good and is claimed by nobody.
 * A task that another run is at stays.
 *
 * @throws `RECORD_NOT_YOURS`, `RECORD_HELD`, `TASK_FINISHED`
 */
export async function withdraw(session: Session, request: WithdrawRequest): Promise<EndedTask> {
  const { claimer, task } = await hold(session, request)
  return endTask(claimer, task.taskId, { status: 'withdrawn', error: request.reason })
}

/**
 * Puts a new task in the place of one: what waited for that waits for the new one. Nobody claims the old one meanwhile.
 *
 * @param task what is left out is as it was
 * @throws as {@link withdraw} and `enqueue` do
 */
export async function replace(
  session: Session,
  request: WithdrawRequest,
  task: Partial<NewTask>,
): Promise<EnqueuedTask & { readonly replaces: string }> {
  const { claimer, task: old } = await hold(session, request)
  const { title, queue, priority, payload, tags, after } = old
  const written = await enqueue(session, { title, queue, priority, payload, tags, after, ...task })
  await endTask(claimer, old.taskId, { status: 'withdrawn', error: request.reason, replacedBy: written.taskId })
  return { ...written, replaces: old.taskId }
}

/** Has it, so that nobody else takes it while it goes. */
async function hold(
  session: Session,
  { runId, task: typed, isOffline }: WithdrawRequest,
): Promise<{ claimer: Claimer; task: TaskRecord }> {
  await enterAs(session, { runId, isOffline })
  const claimer = await openClaimer(session, runId, isOffline)
  await claimer.leases.refresh()
  const task = findTask(session.workspace, typed)
  assertOwn(session, task)
  if (task.state === 'withdrawn') return { claimer, task }
  // What waits for others is nobody's to claim, and may go all the same.
  await claimTask(claimer, task.taskId, HELD_SECONDS, { mayWait: true })
  return { claimer, task }
}

function assertOwn({ workspace }: Session, { taskId, author }: TaskRecord): void {
  const { handle, owner } = workspace.viewer
  if (author === null || author === handle || owner === null || owner === handle) return
  throw taskErrors.notYours(taskId, author, owner)
}
