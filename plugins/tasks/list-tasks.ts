import type { BoardTask } from './board.js'

/** What a task must be to be listed; an empty list asks nothing. */
export interface TaskFilter {
  readonly statuses: readonly string[]
  readonly queues: readonly string[]
  /** Runs whose claim stands. */
  readonly runIds: readonly string[]
  readonly tags: readonly string[]
}

export function matches(task: BoardTask, { statuses, queues, runIds, tags }: TaskFilter): boolean {
  return (
    allows(statuses, [task.status]) &&
    allows(queues, [task.queue]) &&
    allows(runIds, task.claim === undefined ? [] : [task.claim.runId]) &&
    allows(tags, task.tags)
  )
}

function allows(wanted: readonly string[], found: readonly string[]): boolean {
  return wanted.length === 0 || found.some((value) => wanted.includes(value))
}

/** A task as `tasks` prints it. */
export function listed(task: BoardTask) {
  const { taskId, title, queue, priority, tags, after, runId, entry, status, waitsFor, claim } = task
  return {
    taskId,
    title,
    queue,
    priority,
    tags,
    after,
    runId,
    createdAt: entry.payload.created_at ?? null,
    payload: entry.payload.payload ?? null,
    status,
    waitsFor,
    claim: claim === undefined ? null : claimFields(claim),
  }
}

function claimFields({ runId, expiresAt, payload }: NonNullable<BoardTask['claim']>) {
  return {
    runId,
    claimedAt: payload.claimed_at ?? null,
    expiresAt,
    status: payload.status ?? null,
    result: payload.result ?? null,
    error: payload.error ?? null,
  }
}
