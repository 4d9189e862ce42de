/** ISO 8601, as programs write it: seconds may be missing, and so may the zone. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/
const MAX_LENGTH = 40

/**
 * A point in time as Muse writes it: `2026-03-18T12:00:00.123000+00:00`.
 *
 * @param milliseconds since 1970-01-01T00:00:00Z
 */
export function formatTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000+00:00')
}

/** Whether a value is a point in time as records write it: ISO 8601, at most 40 characters. */
export function isTimestamp(value: unknown): value is string {
  return timeOf(value) !== null
}

/**
 * A point in time as milliseconds since 1970; `null` for a value that is none. One without a zone counts as UTC, as its
 * writers mean it: Python's `datetime.utcnow().isoformat()` names none, and `Date.parse` would read the time of this place.
 */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return null
  const match = TIMESTAMP.exec(value)
  if (match === null) return null
  const time = Date.parse(match[1] === undefined ? `${value}Z` : value)
  return Number.isNaN(time) ? null : time
}

/** A timestamp with its zone, which is UTC where it names none. */
export function withZone(timestamp: string): string {
  return TIMESTAMP.exec(timestamp)?.[1] === undefined ? `${timestamp}Z` : timestamp
}
