import { leave } from '../../../src/plugin.js'
import { RunNotes } from '../run-notes.js'
import type { HookCall, Said } from './moment.js'

/** Gives back all that a session holds, its subagents too. */
export async function sessionEnd({ session, runId }: HookCall): Promise<Said> {
  const { givenBack } = await leave(session, { runId, reason: 'the session has ended', isOffline: true })
  for (const one of new Set([runId, ...givenBack.map((given) => given.runId)])) new RunNotes(session, one).forget()
  return {}
}
