import {
  coordError,
  formatTimestamp,
  type RunStanding,
  readCurrentRuns,
  readHolds,
  type Session,
  untilText,
  WHOEVER_COMMITTED,
} from '../../src/plugin.js'

/** Something that another run has. */
interface Held {
  readonly runId: string
  readonly author: string | null
  /** Milliseconds since 1970; `null`: until it is given back. */
  readonly until: number | null
}

/**
 * Whether it may be taken from its run, and when that is: at once from one that is gone, or for the owner of the space; from
 * one of the same author that is late at its end. Returns the end in ISO 8601, `null`: at once.
 *
 * @param what for the sentence: `The reservation r1`
 * @throws `RECORD_NOT_YOURS`, `RUN_ALIVE`
 */
export function assertMayForce({ workspace }: Pick<Session, 'workspace'>, what: string, held: Held): string | null {
  const { handle, owner } = workspace.viewer
  // A store of its own belongs to its user.
  if (owner === null || owner === handle) return null
  const { runId, author, until } = held
  if (author === WHOEVER_COMMITTED) return null
  if (author !== null && author !== handle) throw coordError('RECORD_NOT_YOURS', what, author, owner)
  const runs = readCurrentRuns(workspace, readHolds(workspace))
  const run = runs.find((one) => one.runId === runId && (one.author === null || one.author === handle))
  if (isOver(run)) return null
  if (run?.state === 'late' && until !== null) return formatTimestamp(until)
  throw coordError('RUN_ALIVE', what, runId, run?.state ?? 'working', untilText(until))
}

function isOver(run: RunStanding | undefined): boolean {
  return run === undefined || run.state === 'gone' || run.state === 'left'
}
