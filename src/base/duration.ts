const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 24 * 3600, w: 7 * 24 * 3600 }

/** 100 years of 365 days, in seconds. */
export const MAX_DURATION_SECONDS = 100 * 365 * 24 * 3600

/** A span of time as people write it, in seconds: `90`, `2.5`, `90s`, `30m`, `12h`, `7d`, `2w`. `null`: it is none. */
export function parseDuration(text: string): number | null {
  const [, digits, unit = 's'] = /^(\d{1,10}(?:\.\d{1,9})?)([smhdw])?$/.exec(text) ?? []
  if (digits === undefined) return null
  const seconds = Number(digits) * (UNIT_SECONDS[unit] as number)
  return seconds <= MAX_DURATION_SECONDS ? seconds : null
}
