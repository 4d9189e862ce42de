import { coordError } from '../base/errors.js'
import type { DependencyContainer } from '../base/injection.js'
import { quote } from '../base/quote.js'
import { isJsonObject } from '../record/record.js'
import { spellingsOf } from './argv.js'
import { COMMAND, type Command, type CommandOption } from './command.js'
import { COMMON_OPTIONS } from './command-line.js'
import { commandOrigin, noteOrigins } from './command-origin.js'

/**
 * Every command: the program's own and those that plugins registered.
 *
 * @param core the program's own, which are in a bundle of their own: a command that knows a kind runs without them
 * @param staged what a plugin is about to register under a token
 */
export function commandSet(
  container: DependencyContainer,
  core: readonly Command[],
  staged: (token: symbol) => readonly unknown[] = () => [],
): readonly Command[] {
  const valuesOf = (token: symbol) => [
    ...(container.isRegistered(token) ? container.resolveAll<unknown>(token) : []),
    ...staged(token),
  ]
  const commands = [...core, ...valuesOf(COMMAND).map(checkedCommand)].map((command) =>
    withOptionsOfParts(command, valuesOf),
  )
  const names = new Set<string>()
  for (const { name } of commands) {
    if (names.has(name)) throw coordError('COMMAND_TAKEN', name)
    names.add(name)
  }
  return commands
}

/** A command with the options that registered parts bring to it, ahead of its own. */
function withOptionsOfParts(command: Command, valuesOf: (token: symbol) => readonly unknown[]): Command {
  if (command.partsToken === undefined) return command
  const options: CommandOption[] = []
  for (const part of valuesOf(command.partsToken)) {
    const option: unknown = isJsonObject(part) ? part.option : undefined
    if (option === undefined) continue
    const taken = [...COMMON_OPTIONS, ...command.options, ...options].flatMap(spellingsOf)
    if (!isOption(option) || spellingsOf(option).some((spelling) => taken.includes(spelling)))
      throw coordError('OPTION_INVALID', quote(isJsonObject(option) ? option.flag : option), command.name)
    options.push(option)
  }
  const whole = { ...command, options: [...options, ...command.options] }
  const origin = commandOrigin(command)
  if (origin !== undefined) noteOrigins([whole], origin)
  return whole
}

/** A command may be a plugin's, so it is checked like everything from outside. */
function checkedCommand(candidate: unknown): Command {
  const command = candidate as Command
  const problem = commandProblem(candidate)
  if (problem !== null)
    throw coordError('COMMAND_INVALID', quote(isJsonObject(candidate) ? command.name : candidate), problem)
  return command
}

function commandProblem(candidate: unknown): string | null {
  if (!isJsonObject(candidate)) return 'it is no object'
  const { name, summary, description, arguments: places = '', options, examples, json, exitCodes, run } = candidate
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?$/.test(name))
    return 'its name is not one or two words'
  if (typeof summary !== 'string' || typeof description !== 'string') return 'it has no summary or no description'
  if (typeof places !== 'string') return `its arguments are no text: ${quote(places)}`
  if (!isTexts(examples) || !isTexts(json)) return 'examples and json must be lists of texts'
  if (!Array.isArray(options)) return 'its options are no list'
  const option = options.find((one) => !isOption(one))
  if (option !== undefined)
    return `${quote(option)} is no option; an option is {flag: '--deep' or '--limit <n>', description}`
  if (!isJsonObject(exitCodes)) return 'it has no exitCodes'
  return typeof run === 'function' ? null : 'it has no function run'
}

const FLAG = /^(-[A-Za-z], )?--[a-z][a-z0-9-]*( <[^<>]+>)?$/

function isOption(candidate: unknown): candidate is CommandOption {
  if (!isJsonObject(candidate) || typeof candidate.description !== 'string') return false
  return typeof candidate.flag === 'string' && FLAG.test(candidate.flag)
}

function isTexts(candidate: unknown): boolean {
  return Array.isArray(candidate) && candidate.every((item) => typeof item === 'string')
}
