import { coordError } from '../base/errors.js'
import type { Hold, Place } from '../kinds/kind.js'
import { isSessionRun } from '../record/run-name.js'
import { WHOEVER_COMMITTED } from './entry.js'
import { readHolds } from './holds.js'
import { placeOf } from './place.js'
import { type RunStanding, readCurrentRuns } from './run-states.js'
import type { Workspace } from './workspace.js'

/**
 * Refuses a run that bears the name of another one which is alive: of the same author in another place, or of another author.
 * Names that are made of an agent program's session are nobody else's.
 *
 * @param runs those that hold something or beat
 * @param mayMove it is the same run of this author, which goes on here
 * @throws `NAMESAKE`
 */
export function assertNoNamesake(
  { repo, viewer }: Workspace,
  runs: readonly RunStanding[],
  runId: string,
  mayMove = false,
): void {
  if (isSessionRun(runId)) return
  for (const { state, author, place, ...run } of runs) {
    if (run.runId !== runId || state === 'gone' || state === 'left') continue
    // What came with a clone is no run, whatever name it bears.
    if (author === WHOEVER_COMMITTED) continue
    if (author !== null && viewer.handle !== null && author !== viewer.handle) {
      throw coordError('NAMESAKE_OF_ANOTHER', runId, author)
    }
    if (place !== null && !mayMove && place.id !== placeOf(repo).id) {
      throw coordError('NAMESAKE', runId, placeText(place))
    }
  }
}

/** The runs of this store's user whose process has ended on this machine, and that still hold something. */
export function deadRuns({ viewer }: Workspace, runs: readonly RunStanding[]): readonly RunStanding[] {
  return runs.filter(
    ({ isProcessDead, author, holds }) =>
      isProcessDead && holds.length > 0 && (author === null || author === viewer.handle),
  )
}

/** What runs hold now, but for those whose process has ended on this machine: whoever looks next gives that back. */
export function readLivingHolds(workspace: Workspace): readonly Hold[] {
  const records = workspace.view.alive()
  const holds = readHolds(workspace, records)
  const dead = new Set(deadRuns(workspace, readCurrentRuns(workspace, holds, records)).flatMap((run) => run.holds))
  return dead.size === 0 ? holds : holds.filter((hold) => !dead.has(hold))
}

/** `wt-2 (feature) on laptop` */
export function placeText({ branch, tree, machine }: Place): string {
  return `${tree}${branch === null ? '' : ` (${branch})`} on ${machine}`
}
