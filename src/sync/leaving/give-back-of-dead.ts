import { readHolds } from '../../workspace/holds.js'
import { deadRuns } from '../../workspace/run-entry.js'
import { type RunStanding, readCurrentRuns } from '../../workspace/run-states.js'
import type { Session } from '../../workspace/session.js'
import type { GiveBackOptions } from './give-back-holds.js'

/**
 * Gives back what runs of this store hold whose process has ended on this machine, and notes it. Where there is none it costs a
 * look at what is alive.
 *
 * @param runs those that hold something or beat, for whoever has read them already
 */
export async function giveBackOfDead(
  session: Session,
  { isOffline = false }: Pick<GiveBackOptions, 'isOffline'> = {},
  runs: readonly RunStanding[] = readCurrentRuns(session.workspace, readHolds(session.workspace)),
): Promise<void> {
  for (const { runId, holds, process } of deadRuns(session.workspace, runs)) {
    const { giveBackHolds } = await import('./give-back-holds.js')
    const reason = `its process ${process?.pid} has ended`
    await giveBackHolds(session, holds, { reason, isOffline })
    session.note(`⚠️  ${runId} is gone, ${reason}: what it held is given back`)
  }
}
