import { branchOf, findRecordId, originOf, readHolds, type Session, type Workspace } from '../../src/plugin.js'
import { misspellings, readInsideAddresses } from '../addresses/read-addresses.js'
import type { Dependency } from '../dependency.js'
import { type Conflict, findConflicts } from './conflicts.js'
import type { Reservation } from './reservations.js'

export interface ReserveRequest {
  /** As they are typed: relative to the session's directory where they begin with `./` or `../`, else to the root. */
  readonly addresses: readonly string[]
  readonly runId: string
  /** The one that is checked out in the tree when left out. */
  readonly branch?: string | undefined
  readonly operation?: string | null
  readonly ttlSeconds: number
  /** Ids, or beginnings of ids, of reservations that this one waits for. */
  readonly dependsOn?: readonly string[]
  /** Writes nothing when there is a conflict. */
  readonly deny?: boolean
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
  /** Paths that are not there, beside one that nearly is. A file that is to be made is reserved like any other. */
  readonly misspelt: readonly { readonly address: string; readonly nearest: string }[]
}

/**
 * Reserves addresses for a run and tells what other runs hold of them. Of processes that reserve at once on one file
 * system each sees those before it, so of two with `deny` one is refused.
 */
export async function reserve(session: Session, request: ReserveRequest): Promise<Reserved> {
  const { workspace } = session
  const { runId, operation = null, deny = false, branch = branchOf(workspace.repo) ?? '' } = request
  const addresses = readInsideAddresses(session, request.addresses)
  const dependsOn = findReservations(workspace, request.dependsOn ?? [])
  const reservationId = workspace.newId()
  let conflicts: readonly Conflict[] = []
  let reservation: Reservation = {}
  const record = await workspace.writeInTurn('reservation', () => {
    conflicts = findConflicts(readHolds(workspace), addresses, runId)
    if (deny && conflicts.length > 0) return null
    reservation = {
      reservation_id: reservationId,
      run_id: runId,
      branch,
      addresses: [...addresses],
      created_at: workspace.timestamp(),
      expires_at: workspace.timestamp(request.ttlSeconds),
      operation,
      ...originOf(session),
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
    misspelt: misspellings(session, addresses),
  }
}

function findReservations({ view }: Workspace, typed: readonly string[]): readonly string[] {
  return typed.map((id) => findRecordId('reservation', id, view, 'reservation'))
}
