import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'

/** The flags of one call, as typed: every value is a string until it is asked for as something else. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>

  /** @param values by the long name without dashes; a switch that is on has no words */
  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  /** Whether a switch was given. */
  on(name: string): boolean {
    return this.#values.has(name)
  }

  /** The value, the last one when it was given several times. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  /** The value of a flag that must be given. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw coordError('FLAG_MISSING', `--${name}`)
    return value
  }

  /** All values as typed. */
  words(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** All values, commas split. @throws `FLAG_VALUE` where the flag was given and names nothing */
  list(name: string): readonly string[] {
    const given = this.words(name)
    const values = given.flatMap((value) => value.split(',')).filter((value) => value !== '')
    // Taken for "not given", an empty variable in a script would mean everything.
    if (given.length > 0 && values.length === 0) {
      throw coordError('FLAG_VALUE', `--${name}`, quote(given.join(' ')), 'at least one name')
    }
    return values
  }

  /** A whole number within bounds, both included. */
  integer(name: string, bounds: { min: number; max?: number }): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    const max = bounds.max ?? Number.MAX_SAFE_INTEGER
    if (!/^[+-]?\d+$/.test(value) || number < bounds.min || number > max) {
      const wanted = bounds.max === undefined ? `a whole number >= ${bounds.min}` : `${bounds.min}–${bounds.max}`
      throw coordError('FLAG_VALUE', `--${name}`, quote(value), wanted)
    }
    return number
  }
}
