import { type EnterOptions, enterRun, type Session } from '../../src/plugin.js'
import { giveBeat } from './heartbeat.js'

/** See `enterRun`. A run that goes on here beats at once, so that everybody hears where it works now. */
export async function enterAs(
  session: Session,
  { runId, resume = false, isOffline = false }: EnterOptions & { readonly runId: string },
): Promise<void> {
  await enterRun(session, runId, { resume, isOffline })
  if (resume) await giveBeat(session, { runId, isOffline })
}
