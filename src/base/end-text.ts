/**
 * When something ends, as a cell of a table: `2026-03-18 12:00:00Z`, or `released`.
 *
 * @param end milliseconds since 1970, or ISO 8601; `null`: it ends when it is given back
 */
export function endText(end: number | string | null): string {
  if (end === null) return 'released'
  return new Date(end)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
}

/** The same in a sentence: `until 2026-03-18 12:00:00Z`, or `until released`. */
export function untilText(until: number | string | null): string {
  return `until ${endText(until)}`
}
