import { coordError, isOfPlugin } from '../../base/errors.js'
import type { Hold, Kind, NewRecord } from '../../kinds/kind.js'
import { isPartOf } from '../../record/run-name.js'
import { readHolds } from '../../workspace/holds.js'
import { placeOf } from '../../workspace/place.js'
import { assertNoNamesake } from '../../workspace/run-entry.js'
import { readCurrentRuns } from '../../workspace/run-states.js'
import type { Session } from '../../workspace/session.js'
import type { GiveBackOptions, GivenBack } from './give-back-holds.js'

export interface LeaveRequest {
  readonly runId: string
  /** Why, for people. */
  readonly reason?: string | null
  /** Does not ask the hub. */
  readonly isOffline?: boolean
  /** The run worked in another place before. */
  readonly resume?: boolean
}

export interface Left {
  readonly runId: string
  /** What it, or a subagent of its session, still held. */
  readonly givenBack: readonly GivenBack[]
  /** Whether it was known, so that others were told. */
  readonly known: boolean
}

/**
 * Gives back all that a run holds, and says goodbye for it. What a session's subagents hold goes with the session.
 *
 * @throws `NAMESAKE` where the name belongs to a run in another place; `FILE_FAILED`, after all that was found has been given back,
 *   where it may hold more in what could not be read
 */
export async function leave(session: Session, request: LeaveRequest): Promise<Left> {
  const { runId, reason = null, isOffline = false, resume = false } = request
  const { workspace, registry } = session
  const names = registry.all.map(({ name }) => name)
  workspace.view.takeUnread(names)
  const holds = readHolds(workspace)
  const [unread] = workspace.view.takeUnread(names)
  assertNoNamesake(workspace, readCurrentRuns(workspace, holds), runId, resume)
  const own = holds.filter(
    (hold) => isPartOf(hold.runId, runId) && (hold.author === null || hold.author === workspace.viewer.handle),
  )
  const givenBack = await giveBack(session, own, { reason, isOffline })
  const leaving = new Set([runId, ...own.map((hold) => hold.runId)])
  let known = own.length > 0
  for (const one of leaving) known = (await sayGoodbye(session, one, known)) || known
  const { tidyOrNote } = await import('../tidy.js')
  await tidyOrNote(session)
  // Only now: what could be read is given back all the same.
  if (unread !== undefined) throw coordError('FILE_FAILED', unread.path, unread.reason)
  return { runId, givenBack, known }
}

/** Whoever holds nothing needs none of the pipelines. */
async function giveBack(session: Session, holds: readonly Hold[], options: GiveBackOptions) {
  return holds.length === 0 ? [] : (await import('./give-back-holds.js')).giveBackHolds(session, holds, options)
}

/** Tells by each kind that has signs of life. A run that nobody has heard of needs none. */
async function sayGoodbye(session: Session, runId: string, isKnown: boolean): Promise<boolean> {
  let hasBeaten = false
  for (const kind of session.registry.all) hasBeaten = (await writeGoodbye(session, kind, runId, isKnown)) || hasBeaten
  return hasBeaten
}

/** A plugin that fails to say it keeps no run from leaving: its signs of life end by themselves. */
function goodbyeOf(session: Session, kind: Kind, runId: string): NewRecord | undefined {
  try {
    return kind.goodbye?.({ runId, at: session.workspace.timestamp() })
  } catch (error) {
    if (!isOfPlugin(error)) throw error
    session.note(`⚠️  ${error.message}`)
    return undefined
  }
}

async function writeGoodbye(session: Session, kind: Kind, runId: string, isKnown: boolean): Promise<boolean> {
  const { workspace } = session
  for (;;) {
    const goodbye = goodbyeOf(session, kind, runId)
    if (goodbye === undefined) return false
    const payload = { ...goodbye.payload, place: placeOf(workspace.repo) }
    const { record } = await workspace.seal(goodbye.kind, payload)
    const seen = workspace.view.named(record.kind, record.recordId)
    if (seen === undefined && !isKnown) return false
    const isWritten =
      seen === undefined ? await workspace.create(record.kind, payload) : await workspace.replace(seen, payload)
    // Else another process of the run has beaten meanwhile.
    if (isWritten) return true
  }
}
