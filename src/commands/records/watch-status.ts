import { LocalChanges } from '../../workspace/local-changes.js'
import type { Session } from '../../workspace/session.js'
import type { Output } from '../output.js'
import type { Painted } from '../paint.js'

/** Ages go on while nothing changes. */
const REDRAW_MILLISECONDS = 1000
/** From its first line, and nothing below what is drawn. */
const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'
const CLEAR = '\u001B[2J'

interface Look {
  readonly result: object
  readonly text: () => Painted
}

/**
 * Shows a picture again and again: on a terminal in its place, each second; elsewhere one after the other, each time that
 * something has changed. Ends only with `INTERRUPTED`.
 */
export async function watchStatus(session: Session, output: Output, look: () => Promise<Look>): Promise<never> {
  const { repo } = session.workspace
  const isDrawn = !output.json && output.columns > 0
  const changes = new LocalChanges(repo, session.registry.all)
  let before = ''
  try {
    if (isDrawn) output.print(CLEAR)
    for (;;) {
      const { result, text } = await look()
      const now = JSON.stringify(result)
      if (isDrawn) output.print(HOME + drawn(text().text) + CLEAR_BELOW)
      else if (now !== before) output.emit(result, text)
      before = now
      await changes.next(REDRAW_MILLISECONDS, session.signal)
    }
  } finally {
    changes.close()
  }
}

function drawn(text: string): string {
  return text
    .split('\n')
    .map((line) => `${line}${CLEAR_LINE}\n`)
    .join('')
}
