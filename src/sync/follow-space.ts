import { asCoordError } from '../base/errors.js'
import type { Session } from '../workspace/session.js'
import { follow } from './follow.js'

/**
 * Follows the space while something else is waited for: what is wrong is a note, once for each fault, and no reason to
 * stop waiting. Never rejects.
 */
export async function followSpace(session: Session): Promise<void> {
  const noted = new Set<string>()
  const note = (problem: string, hint: string) => {
    if (!session.signal.aborted && !noted.has(problem)) session.note(`⚠️  ${problem} ${hint}`)
    noted.add(problem)
  }
  try {
    await follow(session, {
      onEvent(event) {
        if ('problem' in event) note(event.problem, event.hint)
        else if (event.event === 'connected') noted.clear()
      },
    })
  } catch (error) {
    const { message, hint } = asCoordError(error)
    note(message, hint)
  }
}
