import type { CommandOption, Flags } from '../../src/plugin.js'

const YEAR_SECONDS = 365 * 24 * 3600

export const RUN_ID_OPTION = {
  flag: '--run-id <id>',
  description: 'The run that this is done for: 1–128 characters of A-Za-z0-9_-:',
} as const satisfies CommandOption

export const CONFLICT_JSON =
  '[{address, held_address, kind, record_id, run_id, branch, reservation_id, operation, until}]'

/** How long something is to be held: a second at least, a year at most. */
export function readSeconds<Name extends string>(
  flags: Flags<never, Name>,
  name: Name,
  defaultSeconds: number,
): number {
  return flags.duration(name, { min: 1, max: YEAR_SECONDS }) ?? defaultSeconds
}
