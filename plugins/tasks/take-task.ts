import { takeLease } from '../../src/plugin.js'
import { assertMayForce } from '../reserving/force.js'
import { findTask } from './board.js'
import type { Claimer } from './claimer.js'
import type { Claim } from './claims.js'
import { taskErrors } from './task-errors.js'

/**
 * Ends the claim that another run has on a task, so that the run of the claimer may have it. Nothing is done where nobody has it.
 *
 * @throws `RECORD_HELD` for a run that is late: it may renew its lease no more, which is taken at its end
 */
export async function takeTask({ leases, workspace, runId }: Claimer, typed: string): Promise<void> {
  const { taskId, claim, state } = findTask(workspace, typed)
  if (state !== 'claimed' || claim === undefined || claim.runId === runId) return
  const held = { ...claim, until: claim.lapsesAt }
  const freeAt = assertMayForce({ workspace }, `The task ${taskId}`, held)
  const entry = workspace.view.named('claim', taskId)
  if (entry === undefined) return
  if (freeAt !== null) {
    // Where it has been renewed meanwhile its run is late no more.
    if (!(await leases.forbidRenewal(entry))) {
      const { claim: now } = findTask(workspace, typed)
      if (now !== undefined) assertMayForce({ workspace }, `The task ${taskId}`, { ...now, until: now.lapsesAt })
    }
    throw taskErrors.held(taskId, claim.runId, freeAt)
  }
  const fields: Claim = { status: 'returned', ended_at: workspace.timestamp(), taken_by: runId }
  await takeLease(leases, workspace, entry, { fields, taker: runId })
}
