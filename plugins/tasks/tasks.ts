import { coordError, quote, type Session } from '../../src/plugin.js'
import {
  type BoardTask,
  RECENT_MILLISECONDS,
  readBoard,
  TASK_STATUSES,
  type TaskRecord,
  type TaskStatus,
} from './board.js'
import { isFinal, readClaim } from './claims.js'

/** What a task must be to be listed; what is left out, or empty, asks nothing. */
export interface TaskFilter {
  /** {@link TaskStatus}es, as they are typed. */
  readonly statuses?: readonly string[]
  readonly queues?: readonly string[]
  /** Runs whose claim stands. */
  readonly runIds?: readonly string[]
  readonly tags?: readonly string[]
}

/** A task as `tasks` prints it. */
export interface ListedTask extends Omit<TaskRecord, 'state' | 'claim' | 'createdAtMs'> {
  readonly status: TaskStatus
  readonly waitsFor: readonly string[]
  readonly claim: {
    readonly runId: string
    readonly claimedAt: string | null
    readonly expiresAt: string | null
    readonly status: string | null
    readonly result: unknown
    readonly error: string | null
  } | null
}

/**
 * Tasks and what became of them, in the order in which they are claimed. Unless a status asks for them, finished ones are
 * left out after a day. Throws `FLAG_VALUE` for an unknown status.
 */
export function tasks({ workspace }: Session, filter: TaskFilter = {}): readonly ListedTask[] {
  for (const status of filter.statuses ?? []) {
    if (TASK_STATUSES.some((known) => known === status)) continue
    throw coordError('FLAG_VALUE', '--status', quote(status), `one of ${TASK_STATUSES.join(', ')}`)
  }
  const { view } = workspace
  const areFinished = filter.statuses?.some(isFinal)
  const records = areFinished ? view.everything() : view.alive([], view.now - RECENT_MILLISECONDS)
  return [...readBoard(records).values()].filter((task) => matches(task, filter)).map(listed)
}

function matches(task: BoardTask, { statuses, queues, runIds, tags }: TaskFilter): boolean {
  return (
    allows(statuses, [task.status]) &&
    allows(queues, [task.queue]) &&
    allows(runIds, task.claim === undefined ? [] : [task.claim.runId]) &&
    allows(tags, task.tags)
  )
}

function allows(wanted: readonly string[] | undefined, found: readonly string[]): boolean {
  return wanted === undefined || wanted.length === 0 || found.some((value) => wanted.includes(value))
}

function listed({ claim, state, createdAtMs, ...task }: BoardTask): ListedTask {
  return { ...task, claim: claim === undefined ? null : claimFields(claim) }
}

function claimFields({ runId, expiresAt, payload }: NonNullable<TaskRecord['claim']>): ListedTask['claim'] {
  const { claimedAt, status, result, error } = readClaim(payload)
  return { runId, claimedAt, expiresAt, status, result, error }
}
