import { MAX_DURATION_SECONDS, parseDuration } from '../base/duration.js'
import { coordError } from '../base/errors.js'
import { findInexactNumber } from '../base/json/inexact-number.js'
import { quote } from '../base/quote.js'

/** A flag: boolean, or with a value. `--json/-j`, `-C DIR`, `--plugin` and `--help` are everywhere and not listed. */
export interface CommandOption {
  /** `--limit <n>` takes a value, `--all` is a switch; a short form comes first: `-f, --follow`. */
  readonly flag: string
  readonly description: string
  /** Takes several words (`--kinds a b`). Any flag with a value may be repeated; `Flags.list` also splits at commas. */
  readonly multiple?: boolean
  /** Its values are names of kinds, which `--help` lists. */
  readonly takesKinds?: boolean
}

/** The long name in a declared spelling: `-f, --follow` is `follow`. */
type LongName<Spelling extends string> = Spelling extends `${string}--${infer Name}` ? Name : never

/** The name of a flag that takes a value: `--queue <name>`. Any name where the declaration is not known to the compiler. */
type ValuedName<Flag extends string> = string extends Flag
  ? string
  : Flag extends `${infer Spelling} <${string}`
    ? LongName<Spelling>
    : never

type SwitchName<Flag extends string> = string extends Flag
  ? string
  : Flag extends `${string}<${string}`
    ? never
    : LongName<Flag>

/** The flags that a command with these options can read. */
export type FlagsOf<Options extends readonly CommandOption[]> = Flags<
  SwitchName<Options[number]['flag']>,
  ValuedName<Options[number]['flag']>
>

interface Bounds {
  /** The least that is accepted. */
  readonly min: number
  /** The most that is accepted. */
  readonly max?: number
}

/**
 * The flags of one call, as typed: every value is a string until it is asked for as something else. A function that reads
 * some flags takes `Flags<'all', 'limit' | 'queue'>`: the compiler then refuses a command that does not declare them.
 *
 * @typeParam Switch the flags without a value
 * @typeParam Valued the flags with one
 */
export class Flags<in Switch extends string = string, in Valued extends string = string> {
  readonly #values: ReadonlyMap<string, readonly string[]>

  /** @param values by the long name without dashes; a switch that is on has no words */
  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  /** Whether a switch was given. */
  on(name: Switch): boolean {
    return this.#values.has(name)
  }

  /** The value, the last one when it was given several times. */
  text(name: Valued): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  /** The value of a flag that must be given. */
  required(name: Valued): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw coordError('FLAG_MISSING', `--${name}`)
    return value
  }

  /** All values as typed. */
  words(name: Valued): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** All values, commas split; empty when the flag was not given. One that names nothing is refused. */
  list(name: Valued): readonly string[] {
    const given = this.words(name)
    const values = given.flatMap((value) => value.split(',')).filter((value) => value !== '')
    // Taken for "not given", an empty variable in a script would mean everything.
    if (given.length > 0 && values.length === 0) throw refused(name, given.join(' '), 'at least one name')
    return values
  }

  /** A whole number. */
  integer(name: Valued, { min, max }: Bounds): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    const isWhole = /^[+-]?\d+$/.test(value)
    if (isWhole && number >= min && number <= (max ?? Number.MAX_SAFE_INTEGER)) return number
    if (max !== undefined) throw refused(name, value, `${min}–${max}`)
    const isTooLarge = isWhole && number >= min
    throw refused(name, value, isTooLarge ? `at most ${Number.MAX_SAFE_INTEGER}` : `a whole number >= ${min}`)
  }

  /** A span of time in seconds: `90`, `2.5`, `90s`, `30m`, `12h`, `7d`, `2w`. The bounds are seconds too. */
  duration(name: Valued, { min, max = MAX_DURATION_SECONDS }: Bounds): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const seconds = parseDuration(value)
    if (seconds !== null && seconds >= min && seconds <= max) return seconds
    throw refused(name, value, `a time from ${min} to ${max} seconds: 90, 5m, 2h`)
  }

  /** The value that a text of JSON says. A number that would become another one in a record is refused, as in a file. */
  json(name: Valued): unknown {
    const value = this.text(name)
    if (value === undefined) return undefined
    let parsed: unknown
    try {
      parsed = JSON.parse(value)
    } catch {
      throw refused(name, value, 'JSON: \'{"key": 1}\', \'"text"\', 42')
    }
    const number = findInexactNumber(value)
    if (number !== null)
      throw refused(name, number, `JSON whose numbers a double holds; write this one as text: "${number}"`)
    return parsed
  }

  /** One of some words. */
  oneOf<Word extends string>(name: Valued, words: readonly Word[]): Word | undefined {
    const value = this.text(name)
    const word = words.find((candidate) => candidate === value)
    if (value === undefined || word !== undefined) return word
    throw refused(name, value, `one of ${words.join(', ')}`)
  }
}

function refused(name: string, value: string, wanted: string): Error {
  return coordError('FLAG_VALUE', `--${name}`, quote(value), wanted)
}
