import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { Flags } from './flags.js'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 24 * 3600, w: 7 * 24 * 3600 }
const MAX_SECONDS = 100 * 365 * 24 * 3600

/**
 * A span of time in seconds: `90` or `90s`, `30m`, `12h`, `7d`, `2w`; `undefined` when the flag was not given.
 *
 * @throws `FLAG_VALUE`
 */
export function readDuration(flags: Flags, name: string): number | undefined {
  const value = flags.text(name)
  if (value === undefined) return undefined
  const [, digits = '', unit = 's'] = /^(\d{1,10})([smhdw])?$/.exec(value) ?? []
  const seconds = Number(digits) * (SECONDS[unit] ?? Number.NaN)
  if (digits !== '' && seconds <= MAX_SECONDS) return seconds
  throw coordError('FLAG_VALUE', `--${name}`, quote(value), 'seconds, or a number with s, m, h, d or w: 7d')
}
