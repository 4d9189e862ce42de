import { coordError, type Flags, quote } from '../../src/index.js'

/**
 * The value of a flag that holds JSON; `undefined` when it was not given.
 *
 * @throws `FLAG_VALUE`
 */
export function readJson(flags: Flags, name: string): unknown {
  const text = flags.text(name)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw coordError('FLAG_VALUE', `--${name}`, quote(text), 'JSON: \'{"key": 1}\', \'"text"\', 42')
  }
}
