/**
 * A point in time as Muse writes it: `2026-03-18T12:00:00.123000+00:00`.
 *
 * @param milliseconds since 1970-01-01T00:00:00Z
 */
export function formatTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000+00:00')
}
