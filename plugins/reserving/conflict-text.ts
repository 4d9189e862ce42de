import { table } from '../../src/plugin.js'
import type { Conflict } from './conflicts.js'
import { endText } from './end-text.js'

/** @param columns see `table` */
export function conflictText(conflicts: readonly Conflict[], columns: number): string {
  const rows = conflicts.map(({ address, heldAddress, runId, branch, operation, until, reservationId }) => [
    address === heldAddress ? address : `${address} (${heldAddress})`,
    branch === '' ? runId : `${runId}@${branch}`,
    operation ?? '',
    endText(until),
    reservationId,
  ])
  return table([['ADDRESS', 'HELD BY', 'OPERATION', 'UNTIL', 'RESERVATION'], ...rows], columns)
}
