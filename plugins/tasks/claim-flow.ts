import { type CoordError, type Look, waitUntil } from '../../src/plugin.js'
import { type BoardTask, readBoard } from './board.js'
import { claimNext } from './claim-next.js'
import { type ClaimedTask, claimTask } from './claim-task.js'
import type { Claimer } from './claimer.js'
import { taskErrors } from './task-errors.js'

export interface ClaimWish {
  /** Id, or beginning of an id; the first that can be had when left out. */
  readonly task: string | undefined
  readonly queues: readonly string[]
  readonly ttlSeconds: number
}

/** Fetches the news and claims. Throws `NOTHING_TO_CLAIM`, and as `claimTask` does. */
export async function claimOnce(claimer: Claimer, wish: ClaimWish): Promise<ClaimedTask> {
  await claimer.leases.refresh()
  if (wish.task !== undefined) return claimTask(claimer, wish.task, wish.ttlSeconds)
  const outcome = await claimNext(claimer, wish)
  if (outcome.claimed !== null) return outcome.claimed
  const { queues } = wish
  const all = [...readBoard(claimer.workspace).values()]
  throw taskErrors.nothingToClaim(whyNone(all.filter(({ queue }) => queues.length === 0 || queues.includes(queue))))
}

/** The same, as soon as there is something. Throws `WAIT_TIMED_OUT`, `INTERRUPTED`, and as `claimTask` does. */
export async function claimWhenThere(claimer: Claimer, wish: ClaimWish, timeoutSeconds?: number): Promise<ClaimedTask> {
  const { session, leases } = claimer
  await leases.refresh()
  const what = wish.task === undefined ? 'A task to claim' : `The task ${wish.task}`
  const options = { kinds: ['task', 'claim'], what, timeoutSeconds }
  return waitUntil(session, leases, options, () => look(claimer, wish))
}

async function look(claimer: Claimer, wish: ClaimWish): Promise<Look<ClaimedTask>> {
  if (wish.task === undefined) {
    const outcome = await claimNext(claimer, wish)
    return outcome.claimed === null ? { lookAgainAt: nextLapse(outcome.board) } : { found: outcome.claimed }
  }
  try {
    return { found: await claimTask(claimer, wish.task, wish.ttlSeconds) }
  } catch (error) {
    // Held by another, or waiting for others: both can pass. The rest cannot.
    const { code } = error as CoordError
    if (code !== 'RECORD_HELD' && code !== 'TASK_WAITS') throw error
    return { lookAgainAt: nextLapse([...readBoard(claimer.workspace).values()]) }
  }
}

/** When the first claim of these lapses, so that its task is free again: milliseconds since 1970. */
function nextLapse(tasks: readonly BoardTask[]): number | null {
  const ends = tasks.flatMap(({ status, claim }) =>
    status === 'claimed' && claim?.expiresAt ? [Date.parse(claim.expiresAt)] : [],
  )
  return ends.length === 0 ? null : Math.min(...ends)
}

function whyNone(tasks: readonly BoardTask[]): string {
  const counts = new Map<string, number>()
  for (const { status } of tasks) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ')
}
