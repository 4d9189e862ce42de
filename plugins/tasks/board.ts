import { type Entry, type Standing, timeOf, type Workspace } from '../../src/plugin.js'
import type { Task } from '../task.js'
import type { Claim } from './claim-state.js'
import { type ClaimState, claimState } from './claim-state.js'
import { type Ranked, taskOrder } from './task-order.js'

export const TASK_STATUSES = ['pending', 'waiting', 'blocked', 'claimed', 'completed', 'failed'] as const

/**
 * `pending`: can be claimed. `waiting`: for tasks that are not completed yet. `blocked`: for one that has failed or is
 * blocked itself, so that it will never be claimed as things stand.
 */
export type TaskStatus = (typeof TASK_STATUSES)[number]

/** A task and what its claim says of it. */
export interface TaskRecord extends Ranked {
  readonly title: string
  readonly queue: string
  readonly tags: readonly string[]
  /** Tasks that must be completed before. */
  readonly after: readonly string[]
  readonly state: ClaimState
  /** The run that enqueued it; `''` where the task does not tell. */
  readonly runId: string
  readonly entry: Entry<Task>
  /** What stands of its claim, lapsed and given back ones too. */
  readonly claim: Entry<Claim> | undefined
}

/** A task among all others. */
export interface BoardTask extends TaskRecord {
  /** Those of `after` that are not completed yet. */
  readonly waitsFor: readonly string[]
  readonly status: TaskStatus
}

/** All tasks of a workspace, by id, in the order in which they are claimed. */
export type Board = ReadonlyMap<string, BoardTask>

/** @param among which records: those that are left out count for the tasks that come after them */
export function readBoard({ view }: Pick<Workspace, 'view'>, among: Standing = view.everything()): Board {
  const claims = new Map(among.entries<Claim>('claim').map((claim) => [claim.recordId, claim]))
  const records = among.entries<Task>('task').map((entry) => recordOf(entry, claims.get(entry.recordId)))
  records.sort(taskOrder)
  const byId = new Map(records.map((record) => [record.taskId, record]))
  const ends = new Map<string, ClaimState | undefined>()
  const stateOf = (id: string) => {
    if (!byId.has(id) && !ends.has(id)) {
      const isThere = among.named('task', id) !== undefined
      ends.set(id, isThere ? claimState(among.named<Claim>('claim', id)) : undefined)
    }
    return byId.get(id)?.state ?? ends.get(id)
  }
  const blocked = blockedOnes(records, stateOf)
  return new Map(
    records.map((record) => {
      const { taskId, after, state } = record
      const waitsFor = after.filter((id) => stateOf(id) !== 'completed')
      const status = state === 'free' ? openStatus(waitsFor, blocked.has(taskId)) : state
      return [taskId, { ...record, waitsFor, status }]
    }),
  )
}

/** Other programs write tasks too, and nobody has asked the schema: each field is taken for what it is. */
export function recordOf(entry: Entry<Task>, claim: Entry<Claim> | undefined): TaskRecord {
  const { title, queue, priority, tags, after, created_at: createdAt } = entry.payload
  return {
    taskId: entry.recordId,
    title: typeof title === 'string' ? title : '',
    queue: typeof queue === 'string' && queue !== '' ? queue : 'default',
    priority: typeof priority === 'number' && Number.isFinite(priority) ? priority : 0,
    tags: textsOf(tags),
    after: textsOf(after),
    createdAt: timeOf(createdAt),
    runId: entry.runId,
    state: claimState(claim),
    entry,
    claim,
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function openStatus(waitsFor: readonly string[], isDead: boolean): TaskStatus {
  if (waitsFor.length === 0) return 'pending'
  return isDead ? 'blocked' : 'waiting'
}

/** The tasks that wait, directly or through others, for one that has failed. */
function blockedOnes(
  records: readonly TaskRecord[],
  stateOf: (id: string) => ClaimState | undefined,
): ReadonlySet<string> {
  const followers = new Map<string, string[]>()
  for (const { taskId, after } of records) {
    for (const id of after) {
      const others = followers.get(id)
      if (others === undefined) followers.set(id, [taskId])
      else others.push(taskId)
    }
  }
  const blocked = new Set<string>()
  const open = [...followers.keys()].filter((id) => stateOf(id) === 'failed')
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const follower of followers.get(id) ?? []) {
      if (blocked.has(follower) || stateOf(follower) !== 'free') continue
      blocked.add(follower)
      open.push(follower)
    }
  }
  return blocked
}
