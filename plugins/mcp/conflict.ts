import { CoordError, formatTimestamp, readLivingHolds, type Session, untilText } from '../../src/plugin.js'
import type { Conflict } from '../reserving/conflicts.js'

/** What stands in the way of a model, as an answer. */
export interface ConflictAnswer<Status extends string = string> {
  readonly status: Status
  readonly message: string
  readonly cure: string | null
}

/**
 * The answer for an error that a model has to expect.
 *
 * @param statuses by the code of the error, what the answer calls it; any other is thrown again
 */
export function conflictAnswer<Status extends string>(
  thrown: unknown,
  statuses: Readonly<Record<string, Status>>,
): ConflictAnswer<Status> {
  const { code, message, hint } = thrown instanceof CoordError ? thrown : { code: '', message: '', hint: '' }
  const status = Object.hasOwn(statuses, code) ? statuses[code] : undefined
  if (status === undefined) throw thrown
  return { status, message, cure: hint }
}

/** That other runs hold what a run wants to write. */
export function heldAnswer(conflicts: readonly Conflict[]): ConflictAnswer<'held'> {
  const [first] = conflicts
  const who = [...new Set(conflicts.map(({ runId }) => runId))].join(', ')
  return {
    status: 'held',
    message: first === undefined ? 'It is held.' : `${who} has ${first.heldAddress}, ${untilText(first.until)}.`,
    cure: 'Do not edit it. Work on something else, or call coord_reserve with wait_seconds; coord_show tells more of the run.',
  }
}

/**
 * Who has a record of a kind, by what is known here; `null`: nobody, or it is not known.
 *
 * @param id the beginning is enough: whoever asks has found one record by it
 */
export function holderOf({ workspace }: Session, kind: string, id: string) {
  const hold = readLivingHolds(workspace).find((one) => one.kind === kind && one.recordId.startsWith(id))
  if (hold === undefined) return null
  return { runId: hold.runId, until: hold.until === null ? null : formatTimestamp(hold.until) }
}
