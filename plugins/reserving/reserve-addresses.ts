import type { Workspace } from '../../src/plugin.js'
import type { Dependency } from '../dependency.js'
import type { Reservation } from '../reservation.js'
import { type Conflict, findConflicts } from './conflicts.js'
import { readHoldings } from './holding.js'

export interface ReserveRequest {
  readonly addresses: readonly string[]
  readonly runId: string
  readonly branch: string
  readonly operation: string | null
  readonly ttlSeconds: number
  /** Ids of reservations that this one waits for. */
  readonly dependsOn: readonly string[]
  /** Writes nothing when there is a conflict. */
  readonly deny: boolean
}

export interface Reserved {
  /** `held`: refused, and nothing was written. */
  readonly status: 'ok' | 'held'
  /** `null` when nothing was written. */
  readonly reservationId: string | null
  readonly runId: string
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly dependsOn: readonly string[]
  /** Whether it only warns: a reservation never keeps another run from writing. */
  readonly advisory: boolean
  readonly conflicts: readonly Conflict[]
}

/**
 * Reserves addresses for a run and tells what other runs hold of them. Of processes that reserve at once on one file
 * system each sees those before it, so of two with `deny` one is refused.
 *
 * @throws `RECORD_REFUSED`, `FILE_FAILED`, `LINK_REFUSED`
 */
export async function reserveAddresses(workspace: Workspace, request: ReserveRequest): Promise<Reserved> {
  const { addresses, runId, branch, operation, dependsOn, deny } = request
  const reservationId = workspace.newId()
  let conflicts: readonly Conflict[] = []
  let reservation: Reservation = {}
  const record = await workspace.writeInTurn('reservation', () => {
    conflicts = findConflicts(readHoldings(workspace), addresses, runId)
    if (deny && conflicts.length > 0) return null
    reservation = {
      reservation_id: reservationId,
      run_id: runId,
      branch,
      addresses: [...addresses],
      created_at: workspace.timestamp(),
      expires_at: workspace.timestamp(request.ttlSeconds),
      operation,
    }
    return { schema_version: '1', ...reservation }
  })
  if (record !== null && dependsOn.length > 0) {
    const dependency: Dependency = {
      reservation_id: reservationId,
      run_id: runId,
      depends_on: [...dependsOn],
      created_at: workspace.timestamp(),
    }
    await workspace.write('dependency', { schema_version: '1', ...dependency })
  }
  return {
    status: record === null ? 'held' : 'ok',
    reservationId: record && reservationId,
    runId,
    branch,
    addresses,
    operation,
    createdAt: (record && reservation.created_at) ?? null,
    expiresAt: (record && reservation.expires_at) ?? null,
    dependsOn,
    advisory: !deny,
    conflicts,
  }
}
