import { CoordError } from '../../base/errors.js'
import { readHolds } from '../../workspace/holds.js'
import { deadRuns } from '../../workspace/run-entry.js'
import { type RunStanding, readCurrentRuns } from '../../workspace/run-states.js'
import type { Session } from '../../workspace/session.js'
import type { Workspace } from '../../workspace/workspace.js'
import { noteWorth } from '../../workspace/worth/note-worth.js'
import type { GiveBackOptions } from './give-back-holds.js'

/**
 * Gives back what runs of this store hold whose process has ended on this machine, and notes it. Where there is none it costs a
 * look at what is alive.
 *
 * @returns whether there was any
 * @param runs those that hold something or beat, for whoever has read them already
 */
export async function giveBackOfDead(
  session: Session,
  { isOffline = false }: Pick<GiveBackOptions, 'isOffline'> = {},
  runs: readonly RunStanding[] = readCurrentRuns(session.workspace, readHolds(session.workspace)),
): Promise<boolean> {
  const dead = deadRuns(session.workspace, runs)
  for (const run of dead) {
    try {
      await giveBackOf(session, run, isOffline)
    } catch (error) {
      if (!(error instanceof CoordError) || error.status === 'interrupted') throw error
      // It stays held until its end, and keeps nobody from anything else.
      noteOnce(session, `⚠️  ${run.runId} is gone, and what it held could not be given back: ${error.message}`)
    }
  }
  return dead.length > 0
}

async function giveBackOf(session: Session, { runId, holds, process }: RunStanding, isOffline: boolean): Promise<void> {
  const { giveBackHolds } = await import('./give-back-holds.js')
  const reason = `its process ${process?.pid} has ended`
  const given = await giveBackHolds(session, holds, { reason, isOffline })
  const freed = given.filter(({ status }) => status === 'given_back')
  noteWorth(
    session,
    freed.map(({ kind, recordId, what }) => {
      return { what: 'work_freed', runId, of: what.join(' '), record: `${kind}/${recordId}` }
    }),
  )
  session.note(`⚠️  ${runId} is gone, ${reason}: what it held is given back`)
}

const told = new WeakMap<Workspace, Set<string>>()

/** Whoever waits looks every few seconds, and finds the same each time. */
function noteOnce(session: Session, sentence: string): void {
  const known = told.get(session.workspace) ?? new Set()
  told.set(session.workspace, known)
  if (!known.has(sentence)) session.note(sentence)
  known.add(sentence)
}
