import { coordError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { quote } from '../base/quote.js'
import type { Command, CommandOption } from './command.js'

/**
 * What stands between the words as typed and cac, which knows a command by its first word, one value after a flag, and
 * numbers: to it `--owner 007` is 7, `--limit -5` two flags, and `--no-json`, `--sinceId`, `--__proto__` are all welcome.
 */

/** Stands before every value on its way through cac, so that none looks like a number or a flag. */
const MARK = '='

/** Spelt out here because cac adds them itself. */
const CAC_FLAGS = ['-h', '--help']

/** A line taken apart at the name of its command. */
export interface DividedLine {
  /** What the words name; none where they name nothing. */
  readonly command: Command | undefined
  /** The words that stand where a command's name belongs. */
  readonly words: readonly string[]
  /** Everything beside the name, up to `--`. */
  readonly others: readonly string[]
  /** Whatever stands after `--`. */
  readonly rest: readonly string[]
}

/** The spellings of a flag, the long one last: `-j`, `--json`. */
export function spellingsOf({ flag }: CommandOption): string[] {
  return flag.replace(/ <.*/, '').split(', ')
}

/** `--json` */
export function longName(option: CommandOption): string {
  return spellingsOf(option).at(-1) as string
}

/** A value as it was typed. */
export function typedValue(value: string): string {
  return value.startsWith(MARK) ? value.slice(MARK.length) : value
}

/** Finds the command with the longest name that the line begins with; common flags may stand before it. */
export function divideLine(
  typed: readonly string[],
  commands: readonly Command[],
  common: readonly CommandOption[],
): DividedLine {
  const end = typed.indexOf('--')
  const line = end === -1 ? typed : typed.slice(0, end)
  const rest = end === -1 ? [] : typed.slice(end + 1)
  const start = commonFlags(line, common)
  const ahead = line.slice(start, start + 2)
  const words = ahead.filter((_, index) => ahead.slice(0, index + 1).every((word) => /^[^-]/.test(word)))
  const names = words.map((_, index) => words.slice(0, words.length - index).join(' '))
  const name = names.find((candidate) => commands.some((command) => command.name === candidate))
  const command = commands.find((candidate) => candidate.name === name)
  const nameEnd = start + (name ?? '').split(' ').length
  return { command, words, others: [...line.slice(0, start), ...line.slice(nameEnd)], rest }
}

/** The words as cac takes them: the command's name in one piece, then flags and marked values. */
export function toCac({ command, words, others, rest }: DividedLine, common: readonly CommandOption[]): string[] {
  if (command === undefined) return [...words]
  const behind = command.takesRest ? [] : rest.map((value) => MARK + value)
  return [command.name, ...protect(others, [...command.options, ...common]), ...behind]
}

/** How many words are flags that stand before the command's name, and their values. */
function commonFlags(line: readonly string[], common: readonly CommandOption[]): number {
  let index = 0
  while (/^-./.test(line[index] ?? '')) {
    const takesNext = common.find((option) => spellingsOf(option).includes(line[index] as string))?.flag.includes('<')
    index += takesNext ? 2 : 1
  }
  return Math.min(index, line.length)
}

/** Marks the values, repeats a flag of several words before each of them, and refuses what cac would let pass. */
function protect(line: readonly string[], options: readonly CommandOption[]): string[] {
  const isHelp = line.some((token) => CAC_FLAGS.includes(token))
  const out: string[] = []
  for (let index = 0; index < line.length; index++) {
    const token = line[index] as string
    if (!isFlag(token)) {
      out.push(MARK + token)
      continue
    }
    const [name = '', value] = token.split(/=(.*)/s)
    const option = options.find((candidate) => spellingsOf(candidate).includes(name))
    if (!isHelp && option === undefined && name.startsWith('--')) throw unknownFlag(name, options)
    const stranger = isCluster(token) ? strangerIn(token, options) : undefined
    if (stranger !== undefined) throw unknownFlag(`-${stranger}`, options)
    if (!isHelp && option?.flag.includes('<') === false && value !== undefined)
      throw coordError('FLAG_VALUE', name, quote(value), 'given without a value')
    // Always the long name: of a flag that was given by both, cac has the values of one.
    const flag = cacKey(option === undefined ? name : longName(option))
    const isValue = (word: string | undefined) => word !== undefined && !(isFlag(word) && mayBeFlag(word, options))
    if (value !== undefined) out.push(`${flag}=${MARK}${value}`)
    else if (!option?.flag.includes('<') || !isValue(line[index + 1])) out.push(flag)
    else if (!option.multiple) out.push(flag, MARK + line[++index])
    else while (isValue(line[index + 1])) out.push(flag, MARK + line[++index])
  }
  return out
}

/** `-5` is a number, `-` means standard input: neither is a flag. */
function isFlag(token: string): boolean {
  return /^-(?![\d.]|$)/.test(token)
}

/** cac takes `-jh` apart, and `-dash.ts` too, in which it finds a wish for help. */
function isCluster(token: string): boolean {
  return /^-[^-]./.test(token) && !token.includes('=')
}

/** Behind a flag that takes a value, `-rf` is an id; `--ownr` is one that was mistyped. */
function mayBeFlag(word: string, options: readonly CommandOption[]): boolean {
  const isKnown = options.some((option) => spellingsOf(option).includes(word))
  return isKnown || word.startsWith('--') || strangerIn(word, options) === undefined
}

/** The first letter that is no flag, or one that wants a value. */
function strangerIn(token: string, options: readonly CommandOption[]): string | undefined {
  const short = options.filter(({ flag }) => !flag.includes('<')).flatMap(spellingsOf)
  return [...token.slice(1)].find((letter) => ![...short, ...CAC_FLAGS].includes(`-${letter}`))
}

/** How cac spells a flag: as `--dry-run` it does not recognise its own switch, and takes the next word for its value. */
export function cacKey(name: string): string {
  return name.replace(/(?<=[a-z])-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The nearest known flag is part of the sentence. */
export function unknownFlag(name: string, options: readonly CommandOption[]): Error {
  const flags = [...options.flatMap(spellingsOf), ...CAC_FLAGS]
  // Some programs take the beginning of a flag for the whole.
  const [begun, ...others] = flags.filter((flag) => flag.startsWith(name))
  const meant = begun !== undefined && others.length === 0 ? begun : nearest(name, flags)
  return coordError('FLAG_UNKNOWN', name, meant)
}
