import { coordError, findId, type Workspace } from '../../src/plugin.js'
import { type Conflict, findConflicts } from './conflicts.js'
import { readHoldings } from './holding.js'
import type { Intent } from './intent-ends.js'
import { untilText } from './until-text.js'

export interface IntentRequest {
  readonly addresses: readonly string[]
  readonly runId: string
  readonly branch: string
  readonly operation: string
  readonly detail: string
  /** Id of a reservation of the same run, or its beginning; `''`: the intent stands alone. */
  readonly reservationId: string
  readonly ttlSeconds: number
}

export interface DeclaredIntent {
  readonly intentId: string
  readonly reservationId: string
  readonly runId: string
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string
  readonly detail: string
  readonly createdAt: string
  readonly expiresAt: string
  /** What other runs have reserved of it. */
  readonly conflicts: readonly Conflict[]
}

/**
 * Says what a run intends to do with addresses.
 *
 * @throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`, `RECORD_HELD` for another run's reservation; `RECORD_REFUSED`,
 *   `FILE_FAILED`, `LINK_REFUSED`
 */
export async function declareIntent(workspace: Workspace, request: IntentRequest): Promise<DeclaredIntent> {
  const { addresses, runId, branch, operation, detail } = request
  const holdings = readHoldings(workspace)
  const ids = holdings.map((holding) => holding.reservationId)
  const reservationId = request.reservationId && findId('reservation', request.reservationId, ids)
  const holding = holdings.find((one) => one.reservationId === reservationId)
  if (holding !== undefined && holding.runId !== runId) {
    throw coordError('RECORD_HELD', `The reservation ${reservationId}`, holding.runId, untilText(holding.until))
  }
  const intentId = workspace.newId()
  const createdAt = workspace.timestamp()
  const expiresAt = workspace.timestamp(request.ttlSeconds)
  const intent: Intent = {
    intent_id: intentId,
    reservation_id: reservationId,
    run_id: runId,
    branch,
    addresses: [...addresses],
    operation,
    detail,
    created_at: createdAt,
    expires_at: expiresAt,
  }
  await workspace.write('intent', { schema_version: '1', ...intent })
  const conflicts = findConflicts(holdings, addresses, runId)
  return { intentId, reservationId, runId, branch, addresses, operation, detail, createdAt, expiresAt, conflicts }
}
