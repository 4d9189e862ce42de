import { type CommandOption, coordError, type Flags, quote } from '../../src/plugin.js'

const MAX_SECONDS = 365 * 24 * 3600

export const RUN_ID_OPTION: CommandOption = {
  flag: '--run-id <id>',
  description: 'The run that this is done for: 1–128 characters of A-Za-z0-9_-:',
}

/** How the verbs on reservations can end. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'bad arguments',
  2: 'not inside a Muse repository',
  3: 'a fault of this program',
}

export const CONFLICT_JSON =
  '[{address, held_address, kind, record_id, run_id, branch, reservation_id, operation, until}]'

/** `--op`, one of some words; `null` when it was not given. Throws `FLAG_VALUE`. */
export function readOperation(flags: Flags, operations: readonly string[]): string | null {
  const operation = flags.text('op')
  if (operation === undefined) return null
  if (operations.includes(operation)) return operation
  throw coordError('FLAG_VALUE', '--op', quote(operation), `one of ${operations.join(', ')}`)
}

/** A number of seconds. Throws `FLAG_VALUE`. */
export function readSeconds(flags: Flags, name: string, defaultSeconds: number): number {
  return flags.integer(name, { min: 1, max: MAX_SECONDS }) ?? defaultSeconds
}
