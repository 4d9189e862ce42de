import { type Entry, isTimestamp, type Workspace } from '../../src/index.js'
import type { Claim } from '../claim.js'
import type { Task } from '../task.js'
import { claimState } from './claim-state.js'
import { type Ranked, taskOrder } from './task-order.js'

export const TASK_STATUSES = ['pending', 'waiting', 'blocked', 'claimed', 'completed', 'failed'] as const

/**
 * `pending`: can be claimed. `waiting`: for tasks that are not completed yet. `blocked`: for one that has failed or is
 * blocked itself, so that it will never be claimed as things stand.
 */
export type TaskStatus = (typeof TASK_STATUSES)[number]

/** A task and what became of it. */
export interface BoardTask extends Ranked {
  readonly title: string
  readonly queue: string
  readonly tags: readonly string[]
  /** Tasks that must be completed before. */
  readonly after: readonly string[]
  /** Those of {@link after} that are not completed yet. */
  readonly waitsFor: readonly string[]
  readonly status: TaskStatus
  /** The run that enqueued it; `''` where the task does not tell. */
  readonly runId: string
  readonly entry: Entry<Task>
  /** What stands of its claim, lapsed and given back ones too. */
  readonly claim: Entry<Claim> | undefined
}

/** All tasks of a workspace, by id, in the order in which they are claimed. */
export type Board = ReadonlyMap<string, BoardTask>

export function readBoard({ view }: Workspace): Board {
  const claims = new Map(view.entries<Claim>('claim').map((claim) => [claim.recordId, claim]))
  const drafts = view.entries<Task>('task').map((entry) => draftOf(entry, claims.get(entry.recordId)))
  drafts.sort(taskOrder)
  const byId = new Map(drafts.map((draft) => [draft.taskId, draft]))
  const dead = blockedOnes(byId)
  return new Map(
    drafts.map((draft) => {
      const waitsFor = draft.after.filter((id) => byId.get(id)?.state !== 'completed')
      const isOpen = draft.state === 'free'
      const status = isOpen ? openStatus(waitsFor, dead.has(draft.taskId)) : (draft.state as TaskStatus)
      return [draft.taskId, { ...draft, waitsFor, status }]
    }),
  )
}

type Draft = Omit<BoardTask, 'waitsFor' | 'status'> & { readonly state: ReturnType<typeof claimState> }

/** Other programs write tasks too, and nobody has asked the schema: each field is taken for what it is. */
function draftOf(entry: Entry<Task>, claim: Entry<Claim> | undefined): Draft {
  const { title, queue, priority, tags, after, created_at: createdAt } = entry.payload
  return {
    taskId: entry.recordId,
    title: typeof title === 'string' ? title : '',
    queue: typeof queue === 'string' && queue !== '' ? queue : 'default',
    priority: typeof priority === 'number' && Number.isFinite(priority) ? priority : 0,
    tags: textsOf(tags),
    after: textsOf(after),
    createdAt: isTimestamp(createdAt) ? Date.parse(createdAt) : null,
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
function blockedOnes(drafts: ReadonlyMap<string, Draft>): ReadonlySet<string> {
  const followers = new Map<string, string[]>()
  for (const { taskId, after } of drafts.values()) {
    for (const id of after) followers.set(id, [...(followers.get(id) ?? []), taskId])
  }
  const blocked = new Set<string>()
  const open = [...drafts.values()].filter(({ state }) => state === 'failed').map(({ taskId }) => taskId)
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const follower of followers.get(id) ?? []) {
      if (blocked.has(follower) || drafts.get(follower)?.state !== 'free') continue
      blocked.add(follower)
      open.push(follower)
    }
  }
  return blocked
}
