import { coordError } from '../base/errors.js'
import { findInexactInteger } from '../base/json/inexact-integer.js'
import { quote } from '../base/quote.js'
import type { Flags } from './flags.js'

/**
 * The value of a flag that holds JSON; `undefined` when it was not given. A number that would become another one on its
 * way into a record is refused, as it is in a file.
 *
 * @throws `FLAG_VALUE`
 */
export function readJson(flags: Flags, name: string): unknown {
  const text = flags.text(name)
  if (text === undefined) return undefined
  const integer = findInexactInteger(text)
  if (integer !== null)
    throw coordError('FLAG_VALUE', `--${name}`, integer, 'JSON whose long numbers are written as text')
  try {
    return JSON.parse(text)
  } catch {
    throw coordError('FLAG_VALUE', `--${name}`, quote(text), 'JSON: \'{"key": 1}\', \'"text"\', 42')
  }
}
