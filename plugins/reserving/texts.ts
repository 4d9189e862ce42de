import { endText, table } from '../../src/plugin.js'
import type { Conflict } from './conflicts.js'

/** @param columns see `table` */
export function conflictText(conflicts: readonly Conflict[], columns: number): string {
  const rows = conflicts.map(({ address, heldAddress, kind, runId, branch, operation, until, recordId }) => [
    address === heldAddress ? address : `${address} (${heldAddress})`,
    branch === '' ? runId : `${runId}@${branch}`,
    operation ?? (kind === 'reservation' ? '' : kind),
    endText(until),
    recordId,
  ])
  return table([['ADDRESS', 'HELD BY', 'OPERATION', 'UNTIL', 'RECORD'], ...rows], columns)
}

/** That a path is not there, and what was perhaps meant. */
export function misspeltText(address: string, nearest: string): string {
  return `⚠️  ${address} is not there (yet); did you mean ${nearest}?`
}
