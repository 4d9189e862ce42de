import { coordError, type Flags, quote } from '../../src/plugin.js'

/** `--timeout` in seconds, fractions too; `undefined`: no bound. Throws `FLAG_VALUE`. */
export function readTimeout(flags: Flags): number | undefined {
  const text = flags.text('timeout')
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && Number.isFinite(seconds)) return seconds
  throw coordError('FLAG_VALUE', '--timeout', quote(text), 'seconds, 0 or more')
}
