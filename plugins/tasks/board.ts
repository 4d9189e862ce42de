import {
  coordError,
  findRecordId,
  type Open,
  type RecordSource,
  type RecordState,
  type SeenRecord,
  timeOf,
  WHOEVER_COMMITTED,
  type Workspace,
} from '../../src/plugin.js'
import { readText, readTexts } from '../fields.js'
import { givenUpAt, isGivenUp, triesOf } from './attempts.js'
import { type ClaimState, claimOf, claimState, finishedAt, isFinal, readClaim } from './claims.js'

/** Work to be claimed. What became of it stands in its claim. */
export interface Task {
  task_id?: string
  run_id?: string
  title?: string
  queue?: string
  /** Higher first. */
  priority?: number
  payload?: unknown
  tags?: string[]
  /** Tasks that must be completed before. */
  after?: string[]
  /** How often it may be tried before it counts as failed; left out: there is no bound. */
  max_attempts?: number
  created_at?: string
}

export const TASK_STATUSES = ['pending', 'waiting', 'blocked', 'claimed', 'completed', 'failed', 'withdrawn'] as const

/**
 * `pending`: can be claimed. `waiting`: for tasks that are not completed yet. `blocked`: for one that has failed, was withdrawn
 * with none in its place or is blocked itself, so that it will never be claimed as things stand.
 */
export type TaskStatus = (typeof TASK_STATUSES)[number]

/** A task and what its claim says of it. */
export interface TaskRecord {
  readonly taskId: string
  readonly title: string
  readonly queue: string
  /** Higher first. */
  readonly priority: number
  readonly tags: readonly string[]
  /** Tasks that must be completed before. */
  readonly after: readonly string[]
  /** Any JSON. */
  readonly payload: unknown
  /** ISO 8601, as written; `null` where the task does not tell. */
  readonly createdAt: string | null
  /** The same in milliseconds since 1970. */
  readonly createdAtMs: number | null
  /** The run that enqueued it; `''` where the task does not tell. */
  readonly runId: string
  /** The handle that enqueued it; `null`: this store did, or the hub names nobody. */
  readonly author: string | null
  readonly state: ClaimState
  /** What stands of its claim, lapsed and given back ones too. */
  readonly claim: SeenRecord | undefined
}

/** A task among all others. */
export interface BoardTask extends TaskRecord {
  /** Those of `after` that are not completed yet. */
  readonly waitsFor: readonly string[]
  readonly status: TaskStatus
}

/** For how long a finished task is shown to whoever does not ask for finished ones. */
export const RECENT_MILLISECONDS = 24 * 3600 * 1000

/** Tasks by id, in the order in which they are claimed. */
export type Board = ReadonlyMap<string, BoardTask>

/** Those among the records; what is left out there counts for the tasks that come after it. */
export function readBoard(records: RecordSource): Board {
  const claims = new Map(records.entries('claim').map((claim) => [claim.recordId, claim]))
  const tasks = records.entries('task').map((task) => taskOf(task, claims.get(task.recordId)))
  tasks.sort(taskOrder)
  const byId = new Map(tasks.map((task) => [task.taskId, task]))
  const others = new Map<string, TaskRecord | undefined>()
  const taskBy = (id: string) => {
    if (!byId.has(id) && !others.has(id)) others.set(id, taskNamed(records, id))
    return byId.get(id) ?? others.get(id)
  }
  const stateOf = (id: string) => taskBy(inPlaceOf(id, taskBy))?.state
  const blocked = blockedOnes(tasks, stateOf, (id) => inPlaceOf(id, taskBy))
  return new Map(
    tasks.map((task) => {
      const { taskId, after, state } = task
      const waitsFor = after.filter((id) => stateOf(id) !== 'completed')
      const status = state === 'free' ? openStatus(waitsFor, blocked.has(taskId)) : state
      return [taskId, { ...task, waitsFor, status }]
    }),
  )
}

/**
 * The task of an id, or of a beginning that only one id has. A whole id costs no more among ten thousand.
 *
 * @throws `RECORD_UNKNOWN` with the nearest id, `RECORD_AMBIGUOUS`
 */
export function findTask({ view }: Workspace, typed: string): TaskRecord {
  const id = findRecordId('task', typed, view, 'task')
  const records = view.alive()
  return taskOf(foundTask(view, records.named('task', id), id), records.named('claim', id))
}

/**
 * A task that was there a moment ago.
 *
 * @throws `FILE_FAILED` where it cannot be read, `RECORD_UNKNOWN` where it was removed
 */
export function foundTask<Found>(view: Workspace['view'], task: Found | undefined, id: string): Found {
  if (task !== undefined) return task
  view.assertRead(['task'])
  throw coordError('RECORD_UNKNOWN', 'task', id, '')
}

/** The task of a whole id, and what stands of its claim; `undefined`: there is none. */
export function taskNamed(records: Pick<RecordSource, 'named'>, taskId: string): TaskRecord | undefined {
  const task = records.named('task', taskId)
  return task && taskOf(task, records.named('claim', taskId))
}

/** The task that stands in the place of one that was withdrawn or has failed, or its own where there is none. */
function inPlaceOf(id: string, taskBy: (id: string) => TaskRecord | undefined): string {
  const seen = new Set([id])
  let last = id
  for (;;) {
    const task = taskBy(last)
    const hasEnded = task?.state === 'withdrawn' || task?.state === 'failed'
    const next = hasEnded ? readClaim(task.claim?.payload ?? {}).replacedBy : null
    // Two that name each other stand for themselves.
    if (next === null || seen.has(next)) return last
    seen.add(next)
    last = next
  }
}

/** What a look at the workspace has shown; tasks are found in it one after the other, in the order in which they are claimed. */
export type Seen = ReturnType<Workspace['view']['alive']>

/**
 * The tasks that can be claimed now, in that order. No more are read than are asked for, and of what runs are at the claims alone.
 *
 * @param together how many tasks are read at once: as many as are asked for at first
 */
export function* pendingTasks(records: Seen, together: number): Generator<BoardTask, void> {
  const claims = new Map(records.entries('claim').map((claim) => [claim.recordId, claim]))
  const taskBy = (id: string) => taskNamed(records, id)
  const isCompleted = (id: string) => taskBy(inPlaceOf(id, taskBy))?.state === 'completed'
  const isTaken = (claim: SeenRecord | undefined) => claimState(claim) !== 'free' && claim?.author !== WHOEVER_COMMITTED
  for (const ids of inChunks(records.ranked('task'), together, (id) => !isTaken(claims.get(id)))) {
    const tasks = records.namedAll('task', ids)
    // Those that are over by now, too: they tell of the attempts.
    const lastClaims = records.namedAll('claim', ids)
    for (const [id, entry] of tasks) {
      const task = taskOf(entry, lastClaims.get(id))
      if (task.state === 'free' && task.after.every(isCompleted)) yield { ...task, waitsFor: [], status: 'pending' }
    }
  }
}

function* inChunks(
  ids: Iterable<string>,
  size: number,
  isWanted: (id: string) => boolean,
): Generator<readonly string[], void> {
  let chunk: string[] = []
  for (const id of ids) {
    if (!isWanted(id)) continue
    chunk.push(id)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  yield chunk
}

/** The tasks that can be claimed, or will be, in that order. */
export function readOpenTasks(records: RecordSource): readonly Open[] {
  return [...readBoard(records).values()].flatMap(({ taskId, title, status }) =>
    status === 'pending' || status === 'waiting' || status === 'blocked'
      ? [{ kind: 'task', recordId: taskId, what: title, state: status }]
      : [],
  )
}

export function readTaskStates(records: RecordSource): (task: SeenRecord) => RecordState {
  const board = readBoard(records)
  return (entry) => {
    const {
      title: what,
      status,
      waitsFor,
      claim,
    } = board.get(entry.recordId) ?? aloneOf(taskOf(entry, records.named('claim', entry.recordId)))
    const isFree = status === 'pending' || status === 'waiting' || status === 'blocked'
    const { result, error } = readClaim(claim?.payload ?? {})
    const givenUp = isGivenUp(entry.payload, claim) ? `given up after ${triesOf(claim)} attempt(s)` : null
    return {
      state: status,
      isOver: isFinal(status),
      what,
      runId: status === 'pending' ? '' : (claim?.runId ?? ''),
      // What lapses is free again, which is no end.
      until: null,
      ...(status === 'blocked' && {
        blocked: `waits for ${waitsFor.join(', ')}, and one of them has failed or was withdrawn`,
      }),
      ...(!isFree && { result, error: givenUp === null ? error : [givenUp, error].filter(Boolean).join(': ') }),
    }
  }
}

function aloneOf(task: TaskRecord): BoardTask {
  return { ...task, waitsFor: [], status: task.state === 'free' ? 'pending' : task.state }
}

/** Of one id: its task, and what stands of its claim. */
function taskOf(entry: SeenRecord, found: SeenRecord | undefined): TaskRecord {
  const { recordId, runId, author, payload: task } = entry
  const claim = claimOf(entry, found)
  const { title, queue, priority, tags, after, payload = null, created_at }: Task = task
  return {
    taskId: recordId,
    title: readText(title) ?? '',
    queue: readText(queue) || 'default',
    priority: typeof priority === 'number' && Number.isFinite(priority) ? priority : 0,
    tags: readTexts(tags),
    after: readTexts(after),
    payload,
    createdAt: readText(created_at),
    createdAtMs: timeOf(created_at),
    runId,
    author,
    state: isGivenUp(task, claim) ? 'failed' : claimState(claim),
    claim,
  }
}

/**
 * The order in which tasks are claimed: highest priority, then oldest, then by id; one that does not tell when it was written
 * comes after those that do. For `Array.sort`.
 */
export function taskOrder(one: Ranked, other: Ranked): number {
  return (
    other.priority - one.priority ||
    compare(one.createdAtMs ?? Number.POSITIVE_INFINITY, other.createdAtMs ?? Number.POSITIVE_INFINITY) ||
    compare(one.taskId, other.taskId)
  )
}

/** What decides which task comes first. */
export type Ranked = Pick<TaskRecord, 'taskId' | 'priority' | 'createdAtMs'>

/** Not by the language of the machine: all of them must come to the same order. */
function compare<Value extends number | string>(one: Value, other: Value): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function openStatus(waitsFor: readonly string[], isDead: boolean): TaskStatus {
  if (waitsFor.length === 0) return 'pending'
  return isDead ? 'blocked' : 'waiting'
}

/** The tasks that wait, directly or through others, for one that has failed. */
function blockedOnes(
  tasks: readonly TaskRecord[],
  stateOf: (id: string) => ClaimState | undefined,
  placeOf: (id: string) => string,
): ReadonlySet<string> {
  const followers = new Map<string, string[]>()
  for (const { taskId, after } of tasks) {
    for (const id of after.map(placeOf)) {
      const others = followers.get(id)
      if (others === undefined) followers.set(id, [taskId])
      else others.push(taskId)
    }
  }
  const blocked = new Set<string>()
  const isDead = (state: ClaimState | undefined) => state === 'failed' || state === 'withdrawn'
  const open = [...followers.keys()].filter((id) => isDead(stateOf(id)))
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const follower of followers.get(id) ?? []) {
      if (blocked.has(follower) || stateOf(follower) !== 'free') continue
      blocked.add(follower)
      open.push(follower)
    }
  }
  return blocked
}

/** Of so many tasks each claim is looked up; of more than that all claims are read. */
const FEW_TASKS = 16

/** A task is over when its claim has finished it, or when it was tried as often as it may be. */
export function readTaskEnds(records: RecordSource): (task: SeenRecord) => number | null {
  let claims: ReadonlyMap<string, SeenRecord> | undefined
  let count = 0
  const lastClaimOf = (taskId: string) => {
    if (count++ < FEW_TASKS) return records.named('claim', taskId)
    claims ??= new Map(records.entries('claim').map((claim) => [claim.recordId, claim]))
    return claims.get(taskId)
  }
  return (task) => {
    const { recordId, payload } = task
    const claim = claimOf(task, lastClaimOf(recordId))
    return finishedAt(claim?.payload ?? {}) ?? givenUpAt(payload, claim)
  }
}
