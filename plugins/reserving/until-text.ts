import { endText } from './end-text.js'

/**
 * When something ends, in a sentence: `until 2026-03-18 12:00:00Z`, or `until released`.
 *
 * @param until see `endText`
 */
export function untilText(until: number | string | null): string {
  return `until ${endText(until)}`
}
