import { setTimeout as sleep } from 'node:timers/promises'
import { type Session, tryProcessLock } from '../../src/plugin.js'
import { agentLives, runOf } from './agent-run.js'
import { sessionOf } from './hook.js'
import { linesOf } from './moments/moment.js'
import { newsOf } from './moments/news.js'
import { type HookRequest, readEvent } from './read-event.js'
import { RunNotes } from './run-notes.js'

/** Whoever waits for an answer of a model does not mind a second. */
const LOOK_MILLISECONDS = 1000

/**
 * Waits, beside a session, for something that its model should hear: what its run has lost, what it was refused and is free,
 * who waits for what it has. One a session; a second ends at once, and so does one whose program puts nothing before a model
 * that waits.
 *
 * @returns a line each; `null`: there is nobody left to tell
 */
export async function watchNews(session: Session, request: HookRequest): Promise<string | null> {
  const { program } = request
  if (program.isWoken?.(session.env) !== true) return null
  const event = readEvent(request)
  if (event === null) return null
  const own = sessionOf(session, event)
  const runId = runOf(own, program, event)
  if (runId === null) return null
  const notes = new RunNotes(own, runId)
  const lock = await tryProcessLock(notes.folder, 'watcher.lock')
  if (lock === null) return null
  try {
    // The end of the session takes the lock away with all that was noted of it.
    while (lock.isHeld() && agentLives(own.env) && !session.signal.aborted) {
      const news = newsOf({ session: own, runId, notes })
      if (news.lines.length > 0) {
        news.heard()
        return linesOf(news.lines)
      }
      await sleep(LOOK_MILLISECONDS, undefined, { signal: session.signal }).catch(() => {})
    }
    return null
  } finally {
    lock.release()
  }
}
