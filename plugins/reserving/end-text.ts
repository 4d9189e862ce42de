/**
 * When something ends, as a cell of a table: `2026-03-18 12:00:00Z`, or `released`.
 *
 * @param end milliseconds since 1970, or ISO 8601; `null`: nothing but a release ends it
 */
export function endText(end: number | string | null): string {
  if (end === null) return 'released'
  return new Date(end)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}
