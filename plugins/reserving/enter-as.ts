import { type EnterOptions, enterRun, type Session } from '../../src/plugin.js'
import { giveBeat } from './heartbeat.js'

type Seen = Awaited<ReturnType<typeof enterRun>>

/**
 * See `enterRun`. A run that goes on here beats at once, so that everybody hears where it works now. Returns what it has looked
 * at.
 */
export async function enterAs(
  session: Session,
  { runId, resume = false, isOffline = false, slack }: EnterOptions & { readonly runId: string },
): Promise<Seen> {
  const seen = await enterRun(session, runId, { resume, isOffline, slack })
  if (!resume) return seen
  await giveBeat(session, { runId, isOffline })
  return session.workspace.view.alive()
}
