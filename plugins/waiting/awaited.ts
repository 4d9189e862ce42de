import { findId, type Workspace } from '../../src/plugin.js'
import { type Holding, readHoldings } from '../reserving/holding.js'
import { type BoardTask, readBoard } from '../tasks/board.js'
import { taskErrors } from '../tasks/task-errors.js'

/** Something that was waited for, as it ended. */
export interface Awaited {
  readonly id: string
  readonly kind: 'task' | 'reservation'
  /** A task: completed or failed. A reservation: released or lapsed. */
  readonly status: string
  /** The run that had it; `''` where nothing tells. */
  readonly runId: string
  /** What a task's run left. */
  readonly result: unknown
  readonly error: string | null
}

/** What has ended by now, or when time alone may end more: milliseconds since 1970; `null`: never. */
export type Progress = { readonly ended: readonly Awaited[] } | { readonly lookAgainAt: number | null }

/**
 * Whether tasks are finished and reservations are free.
 *
 * @param typed ids, or their beginnings
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`; `TASK_WAITS` for a task that cannot be finished as things stand
 */
export function lookAt(workspace: Workspace, typed: readonly string[]): Progress {
  const board = readBoard(workspace)
  const holdings = new Map(readHoldings(workspace).map((holding) => [holding.reservationId, holding]))
  const known = [...board.keys(), ...holdings.keys()]
  const ids = [...new Set(typed.map((id) => findId('task or reservation', id, known)))]
  const states = ids.map((id) => {
    const task = board.get(id)
    return task === undefined ? stateOfHolding(holdings.get(id) as Holding) : stateOfTask(task)
  })
  const ended = states.flatMap((state) => ('ended' in state ? [state.ended] : []))
  if (ended.length === states.length) return { ended }
  const times = states.flatMap((state) => ('ended' in state || state.until === null ? [] : [state.until]))
  return { lookAgainAt: times.length === 0 ? null : Math.min(...times) }
}

type State = { readonly ended: Awaited } | { readonly until: number | null }

function stateOfTask(task: BoardTask): State {
  const { taskId: id, status, claim } = task
  if (status === 'blocked') throw taskErrors.waits(task)
  if (status !== 'completed' && status !== 'failed') return { until: null }
  const { result = null, error = null } = claim?.payload ?? {}
  return { ended: { id, kind: 'task', status, runId: claim?.runId ?? '', result, error } }
}

function stateOfHolding({ reservationId: id, state: status, runId, until }: Holding): State {
  if (status === 'active') return { until }
  return { ended: { id, kind: 'reservation', status, runId, result: null, error: null } }
}
