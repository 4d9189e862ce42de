import { CoordError } from '../../base/errors.js'
import { readHolds } from '../../workspace/holds.js'
import type { Standing } from '../../workspace/index/standing.js'
import { assertNoNamesake } from '../../workspace/run-entry.js'
import { readCurrentRuns } from '../../workspace/run-states.js'
import type { Session } from '../../workspace/session.js'
import { giveBackOfDead } from './give-back-of-dead.js'

export interface EnterOptions {
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean | undefined
  /** Does not ask the hub. */
  readonly isOffline?: boolean | undefined
  /** Milliseconds, see `View.snapshot`. */
  readonly slack?: number | undefined
}

/**
 * What a verb does before it gets anything for a run: gives back what runs of this store hold whose process has ended on this
 * machine, and refuses a second run of one name. For a run that goes on here it brings first what that holds elsewhere.
 *
 * @returns what it has looked at
 * @throws `NAMESAKE`
 */
export async function enterRun(
  session: Session,
  runId: string,
  { resume = false, isOffline = false, slack }: EnterOptions = {},
): Promise<Standing> {
  if (resume && !isOffline) await bringItsHolds(session, runId)
  // One look: who holds what and who lives are asked of the same.
  const { workspace } = session.snapshot(slack)
  const runs = readCurrentRuns(workspace, readHolds(workspace))
  assertNoNamesake(workspace, runs, runId, resume)
  const haveEnded = await giveBackOfDead(session, { isOffline }, runs)
  return haveEnded ? session.workspace.view.alive() : workspace.view.alive()
}

/** A hub that does not answer keeps no run from going on: it renews later what it holds elsewhere. */
async function bringItsHolds(session: Session, runId: string): Promise<void> {
  try {
    await (await import('../holding/adopt-holds.js')).adoptHolds(session, runId)
  } catch (error) {
    if (!(error instanceof CoordError) || error.status !== 'hub_error') throw error
    session.note(`⚠️  ${error.message}`)
  }
}
