/**
 * When something ends, for people: `until 2026-03-18 12:00:00Z`, or `until released`.
 *
 * @param until milliseconds since 1970, or ISO 8601; `null`: nothing but a release ends it
 */
export function untilText(until: number | string | null): string {
  if (until === null) return 'until released'
  return `until ${new Date(until)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')}`
}
