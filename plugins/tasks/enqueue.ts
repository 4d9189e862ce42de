import { findCycle, findRecordId, type Session } from '../../src/plugin.js'
import { readBoard, type Task, type TaskStatus } from './board.js'
import { taskErrors } from './task-errors.js'

export interface NewTask {
  readonly title: string
  /** Made when left out. */
  readonly taskId?: string | undefined
  /** The run that enqueues it; nobody's when left out. */
  readonly runId?: string
  /** `default` when left out. */
  readonly queue?: string
  /** Higher is claimed first; 0 when left out. */
  readonly priority?: number
  /** What the worker needs; any JSON. */
  readonly payload?: unknown
  readonly tags?: readonly string[]
  /** Ids, or beginnings of ids, of tasks that must be completed before. */
  readonly after?: readonly string[]
  /** How often it may be tried before it counts as failed; no bound when left out. */
  readonly maxAttempts?: number | undefined
}

/** A task as it was written. */
export interface EnqueuedTask extends Required<Omit<NewTask, 'taskId' | 'maxAttempts'>> {
  readonly taskId: string
  /** `null`: there is no bound. */
  readonly maxAttempts: number | null
  readonly createdAt: string
  /** Whether it can be claimed now, or has to wait. */
  readonly status: TaskStatus
}

/**
 * Writes a task. Two that enqueue one id at once: one of them is told that it exists.
 *
 * @throws `TASK_CYCLE`, `TASK_EXISTS`
 */
export async function enqueue({ workspace }: Session, task: NewTask): Promise<EnqueuedTask> {
  const { view } = workspace
  const { title, runId = '', queue = 'default', priority = 0, payload = null, tags = [], maxAttempts } = task
  const taskId = task.taskId ?? workspace.newId()
  if (view.named('task', taskId) !== undefined) throw taskErrors.exists(taskId)
  const after = [
    ...new Set((task.after ?? []).map((id) => (id === taskId ? id : findRecordId('task', id, view, 'task')))),
  ]
  const board = readBoard(view.alive(after))
  const cycle = findCycle(taskId, (id) => (id === taskId ? after : (board.get(id)?.after ?? [])))
  if (cycle !== null) throw taskErrors.cycle(cycle)

  const createdAt = workspace.timestamp()
  const record = {
    schema_version: '1',
    task_id: taskId,
    run_id: runId,
    title,
    queue,
    priority,
    payload,
    tags: [...tags],
    after,
    ...(maxAttempts !== undefined && { max_attempts: maxAttempts }),
    created_at: createdAt,
  } satisfies Task & { schema_version: string }
  if (!(await workspace.create('task', record))) throw taskErrors.exists(taskId)
  const { status } = readBoard(view.alive()).get(taskId) ?? { status: after.length > 0 ? 'waiting' : 'pending' }
  const written = { taskId, runId, title, queue, priority, payload, tags, after, createdAt }
  return { ...written, maxAttempts: maxAttempts ?? null, status }
}
