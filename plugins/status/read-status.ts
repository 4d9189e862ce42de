import { formatTimestamp, type Unsent, type Workspace } from '../../src/plugin.js'
import { type ForecastConflict, forecastConflicts } from '../reserving/forecast-conflicts.js'
import { readHoldings } from '../reserving/holding.js'
import { type RunState, readRunStates } from '../reserving/run-states.js'
import { readBoard, TASK_STATUSES } from '../tasks/board.js'

export interface StatusRun {
  readonly runId: string
  readonly state: RunState
  readonly lastBeatAt: string | null
  readonly lastProgressAt: string | null
  /** How many it holds. */
  readonly reservations: number
  readonly claims: number
}

export interface StatusReservation {
  readonly reservationId: string
  readonly runId: string
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  /** `null`: until it is released. */
  readonly until: string | null
  readonly origin: 'local' | 'remote'
}

export interface StatusClaim {
  readonly taskId: string
  readonly title: string
  readonly runId: string
  readonly until: string | null
  readonly origin: 'local' | 'remote'
}

export interface Picture {
  readonly runs: readonly StatusRun[]
  readonly reservations: readonly StatusReservation[]
  readonly claims: readonly StatusClaim[]
  /** How many tasks of each status. */
  readonly tasks: Readonly<Record<string, number>>
  readonly conflicts: readonly ForecastConflict[]
  /** `null`: this workspace syncs with no hub. */
  readonly unsent: { readonly total: number; readonly kinds: Unsent['counts'] } | null
  /** Files that hold no record. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
}

export interface StatusOptions {
  /** Only what is of this run; `null`: of all. */
  readonly runId: string | null
  readonly stuckAfterSeconds: number
  readonly unsent: Unsent
}

/** For how long a run that is gone and holds nothing is still listed. */
const REMEMBERED_MILLISECONDS = 24 * 3600 * 1000

const URGENCY: Readonly<Record<RunState, number>> = { gone: 1, stuck: 0, alive: 2 }

/** Who holds what until when, which runs are alive, and what else there is to know. */
export function readStatus(workspace: Workspace, { runId, stuckAfterSeconds, unsent }: StatusOptions): Picture {
  const isMeant = (one: { readonly runId: string }) => runId === null || one.runId === runId
  const board = [...readBoard(workspace).values()]
  const reservations = readHoldings(workspace)
    .filter((one) => one.state === 'active' && isMeant(one))
    .sort((one, other) => (one.until ?? Number.POSITIVE_INFINITY) - (other.until ?? Number.POSITIVE_INFINITY))
    .map(({ reservationId, runId, branch, addresses, operation, until, origin }) => {
      const end = until === null ? null : formatTimestamp(until)
      return { reservationId, runId, branch, addresses, operation, until: end, origin }
    })
  const claims = board.flatMap(({ taskId, title, status, claim }) => {
    if (status !== 'claimed' || claim === undefined || !isMeant(claim)) return []
    return [{ taskId, title, runId: claim.runId, until: claim.expiresAt, origin: claim.origin }]
  })
  return {
    runs: readRuns(workspace, stuckAfterSeconds, reservations, claims).filter(isMeant),
    reservations,
    claims,
    tasks: Object.fromEntries(
      TASK_STATUSES.map((status) => [status, board.filter((one) => one.status === status).length]),
    ),
    conflicts: forecastConflicts(workspace, runId).conflicts,
    unsent: unsent.spaces.length === 0 ? null : { total: unsent.files.size, kinds: unsent.counts },
    problems: workspace.view.problems().map(({ path, reason }) => ({ path, reason })),
  }
}

function readRuns(
  workspace: Workspace,
  stuckAfterSeconds: number,
  reservations: readonly { readonly runId: string }[],
  claims: readonly { readonly runId: string }[],
): readonly StatusRun[] {
  const held = countByRun(reservations)
  const claimed = countByRun(claims)
  const holders = new Set([...held.keys(), ...claimed.keys()])
  const remembered = workspace.clock.now() - REMEMBERED_MILLISECONDS
  return readRunStates(workspace, { stuckAfterSeconds, holders })
    .filter(({ runId, state, lastBeatAt, lastProgressAt }) => {
      const lastSeenAt = Math.max(lastBeatAt ?? 0, lastProgressAt ?? 0)
      return state !== 'gone' || holders.has(runId) || lastSeenAt > remembered
    })
    .sort((one, other) => URGENCY[one.state] - URGENCY[other.state] || (one.runId < other.runId ? -1 : 1))
    .map(({ runId, state, lastBeatAt, lastProgressAt }) => ({
      runId,
      state,
      lastBeatAt: lastBeatAt === null ? null : formatTimestamp(lastBeatAt),
      lastProgressAt: lastProgressAt === null ? null : formatTimestamp(lastProgressAt),
      reservations: held.get(runId) ?? 0,
      claims: claimed.get(runId) ?? 0,
    }))
}

function countByRun(items: readonly { readonly runId: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { runId } of items) counts.set(runId, (counts.get(runId) ?? 0) + 1)
  return counts
}
