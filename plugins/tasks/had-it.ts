import type { TaskRecord } from './board.js'
import type { Claimer } from './claimer.js'

/**
 * Whether this run has, or had, the task, by what this workspace knows: a note, or a claim that bears its name. A run
 * that gave it back has nothing to do with it any more.
 */
export function hadIt({ leases, runId }: Claimer, { taskId, claim }: Pick<TaskRecord, 'taskId' | 'claim'>): boolean {
  if (leases.note('claim', taskId, runId) !== null) return true
  const copies = claim === undefined ? [] : [claim, ...claim.shadowed]
  return copies.some((copy) => copy.runId === runId && copy.payload.status !== 'returned')
}
