import { type CAC, cac } from 'cac'
import { type CoordError, coordError, problemOf } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { quote } from '../base/quote.js'
import type { Command, CommandOption } from './command.js'
import { Flags } from './flags.js'

/** The flags that every command has. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  { flag: '-j, --json', description: 'Print one JSON document on stdout, errors too.' },
  { flag: '-C, --directory <dir>', description: 'Work in this directory.' },
  { flag: '--plugin <name>', description: 'Load a kind plugin, a package or a path; may be repeated.' },
]

/** What was typed after a command's name. */
export interface ParsedCommandLine {
  readonly arguments: readonly string[]
  readonly flags: Flags
  /** Whatever stands after `--`. */
  readonly rest: readonly string[]
  /** `--help` was among it: the help has been printed, there is nothing to run. */
  readonly helped: boolean
}

/**
 * Reads what was typed after a command's name. Values stay exactly as typed.
 *
 * @throws `FLAG_UNKNOWN`, `FLAG_VALUE`, `ARGUMENTS`
 */
export function parseCommandLine(command: Command, argv: readonly string[]): ParsedCommandLine {
  const options = [...command.options, ...COMMON_OPTIONS]
  const word = command.name.replaceAll(' ', '-') // cac knows commands of one word only
  const cli = createCli(command, word, options)
  const end = argv.indexOf('--')
  const typed = end === -1 ? argv : argv.slice(0, end)
  const rest = end === -1 ? [] : argv.slice(end + 1)
  const wantsHelp = typed.includes('--help') || typed.includes('-h')
  const words = command.takesRest ? [] : rest.map((value) => MARK + value)
  const line = wantsHelp ? ['--help'] : [...protect(typed, options), ...words]
  cli.parse(['node', 'muse-coord', word, ...line], { run: false })
  if (wantsHelp) return { arguments: [], flags: new Flags(new Map()), rest, helped: true }
  check(cli, options)
  return { arguments: cli.args.map(unprotect), flags: flagsOf(cli, options), rest, helped: false }
}

function createCli(command: Command, word: string, options: readonly CommandOption[]): CAC {
  const cli = cac('muse-coord')
  const places = command.arguments === undefined ? '' : ` ${command.arguments}`
  const entry = cli
    .command(`${word}${places.replace(/([^<[]+)\.\.\./g, '...$1')}`, command.summary)
    .usage(`${command.name}${places} [options]`)
  for (const { flag, description } of options) entry.option(flag, description)
  // Without an action cac neither matches nor checks; what runs is decided by the caller.
  entry.action(() => {})
  cli.help(([, usage, optionList]) => [
    { body: command.description },
    ...(usage ? [usage] : []),
    // cac leaves room for a default behind every description.
    ...(optionList ? [{ ...optionList, body: optionList.body.replace(/ +$/gm, '') }] : []),
    { title: 'Agent quickstart', body: indented(command.examples.map((example) => `muse-coord ${example}`)) },
    { title: 'JSON output', body: indented(command.json) },
    {
      title: 'Exit codes',
      body: indented(Object.entries(command.exitCodes).map(([code, text]) => `${code} — ${text}`)),
    },
  ])
  return cli
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** Stands before every value: cac turns what looks like a number into one (`--owner 007` → 7), and `-5` into a flag. */
const MARK = '='

function protect(argv: readonly string[], options: readonly CommandOption[]): string[] {
  const out: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] as string
    if (!isFlag(token)) {
      out.push(MARK + token)
      continue
    }
    const equals = token.indexOf('=')
    const name = equals === -1 ? token : token.slice(0, equals)
    const option = options.find(({ flag }) => namesOf(flag).includes(name))
    // cac lets more pass than it knows: --no-json, --sinceId, --__proto__.
    if (option === undefined && name.startsWith('--')) throw unknownFlag(name, options)
    const takesValue = option?.flag.includes('<') === true
    if (equals !== -1) {
      const value = token.slice(equals + 1)
      if (!takesValue) throw coordError('FLAG_VALUE', name, quote(value), 'given without a value')
      out.push(`${name}=${MARK}${value}`)
      continue
    }
    if (option === undefined || !takesValue) {
      out.push(token)
      continue
    }
    const values = valuesAfter(argv, index, option)
    index += values.length
    if (values.length === 0) out.push(token)
    for (const value of values) out.push(`${token}=${MARK}${value}`)
  }
  return out
}

/** The words that belong to a flag: one, or for a flag that takes several all up to the next flag. */
function valuesAfter(argv: readonly string[], index: number, option: CommandOption): readonly string[] {
  const words = argv.slice(index + 1)
  const end = words.findIndex((word) => isFlag(word))
  const own = end === -1 ? words : words.slice(0, end)
  return option.multiple ? own : own.slice(0, 1)
}

/** `-5` is a number, `-` means standard input: neither is a flag. */
function isFlag(token: string): boolean {
  return /^-(?![\d.]|$)/.test(token)
}

/** The spellings of a flag, the long one last: `-j`, `--json`. */
export function namesOf(flag: string): string[] {
  return flag.replace(/ *[<[].*/, '').split(', ')
}

function unprotect(value: string): string {
  return value.startsWith(MARK) ? value.slice(MARK.length) : value
}

function unknownFlag(flag: string, options: readonly CommandOption[]): CoordError {
  return coordError(
    'FLAG_UNKNOWN',
    flag,
    nearest(flag, [...options.flatMap((option) => namesOf(option.flag)), '--help']),
  )
}

function check(cli: CAC, options: readonly CommandOption[]): void {
  for (const name of Object.keys(cli.options)) {
    if (name === '--' || cli.matchedCommand?.hasOption(name)) continue
    throw unknownFlag(name.length > 1 ? `--${dashed(name)}` : `-${name}`, options)
  }
  try {
    cli.runMatchedCommand()
  } catch (error) {
    throw coordError('ARGUMENTS', problemOf(error).replaceAll(`\`${MARK}`, '`'))
  }
}

function flagsOf(cli: CAC, options: readonly CommandOption[]): Flags {
  const values = new Map<string, readonly string[]>()
  for (const { flag } of options) {
    const name = (namesOf(flag).at(-1) as string).slice(2)
    const value: unknown = cli.options[camelCased(name)]
    if (value === undefined || value === false) continue
    const given = Array.isArray(value) ? value : [value]
    values.set(name, given.filter((item) => typeof item === 'string').map(unprotect))
  }
  return new Flags(values)
}

function camelCased(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
