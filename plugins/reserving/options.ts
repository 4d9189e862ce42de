import type { Flags } from '../../src/plugin.js'

const YEAR_SECONDS = 365 * 24 * 3600

export const CONFLICT_JSON = '[{address, held_address, kind, record_id, run_id, branch, operation, until}]'

/** How long something is to be held: a second at least, a year at most. */
export function readSeconds<Name extends string>(
  flags: Flags<never, Name>,
  name: Name,
  defaultSeconds: number,
): number {
  return readOptionalSeconds(flags, name) ?? defaultSeconds
}

/** The same, `undefined` where it was not given. */
export function readOptionalSeconds<Name extends string>(flags: Flags<never, Name>, name: Name): number | undefined {
  return flags.duration(name, { min: 1, max: YEAR_SECONDS })
}
