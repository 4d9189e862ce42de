import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { isSafeRecordId } from '../record/record.js'
import type { Flags } from './flags.js'

/**
 * `--run-id`, which must be given. It becomes the id of the run's heartbeat, so it must be a safe record id: a run that
 * could not beat would look dead on every other machine.
 *
 * @throws `FLAG_MISSING`, `FLAG_VALUE`
 */
export function readRunId(flags: Flags<never, 'run-id'>): string {
  const runId = flags.required('run-id')
  if (isSafeRecordId(runId)) return runId
  throw coordError('FLAG_VALUE', '--run-id', quote(runId), '1–128 characters of A-Za-z0-9_-:')
}

/** The same, where it may be left out: `null`. */
export function optionalRunId(flags: Flags<never, 'run-id'>): string | null {
  return flags.text('run-id') === undefined ? null : readRunId(flags)
}
