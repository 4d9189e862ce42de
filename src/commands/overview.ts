import { type CoordError, coordError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { jsonLine, oneLine } from '../base/printable.js'
import type { Command } from './command.js'
import { environmentHelp } from './environment.js'
import { groupHelp } from './group-help.js'
import type { Streams } from './host.js'
import { MOMENTS, type Moment } from './moments.js'

export interface OverviewRequest {
  readonly commands: readonly Command[]
  /** The words that stand where a command's name belongs. */
  readonly words: readonly string[]
  readonly wantsJson: boolean
  readonly streams: Streams
  /** What it was made without: commands of plugins that are not trusted here. */
  readonly leftOut: readonly CoordError[]
}

/** A day of an agent, as it can be typed. */
const QUICKSTART: readonly (readonly [line: string, what: string])[] = [
  ['export MUSE_COORD_RUN_ID=agent-7', 'say who you are, once'],
  ['muse-coord claim --json', 'take a task, or go on with yours'],
  ['muse-coord reserve src/a.ts --deny --json', 'before an edit: have the file alone, or learn who has it'],
  ['muse-coord wait src/a.ts --timeout 10m', 'when it is held'],
  ['muse-coord heartbeat --json', 'while you work: keep what you hold'],
  ['muse-coord complete TASK --json', 'when the task is done'],
  ['muse-coord leave --json', 'at the end: give everything back'],
]

/**
 * Answers a line that names no command: the list of commands where nothing was asked for, and the commands of a group where
 * only that was named (`sync`).
 *
 * @throws `COMMAND_UNKNOWN`
 */
export function overview({ commands, words, wantsJson, streams, leftOut }: OverviewRequest): number {
  const word = words[0]
  const sentences = leftOut.map(({ message, hint }) => `${message} ${hint}`)
  const group = commands.filter(({ name }) => name.startsWith(`${word} `))
  if (word !== undefined && word !== 'help' && (group.length === 0 || words.length > 1)) {
    throw unknownCommand(commands, group, words, sentences.join(' '))
  }
  const listed = group.length > 0 ? group : commands
  const document = { commands: listed.map(({ name, summary, moment }) => ({ name, summary, moment: moment ?? null })) }
  const text = word !== undefined && group.length > 0 ? groupHelp(word, group) : listing(listed)
  for (const sentence of sentences) streams.stderr(`⚠️  ${oneLine(sentence)}\n`)
  streams.stdout(wantsJson ? `${jsonLine(document)}\n` : text)
  return 0
}

function unknownCommand(
  commands: readonly Command[],
  group: readonly Command[],
  words: readonly string[],
  leftOut: string,
): CoordError {
  const namesOf = (listed: readonly Command[]) => listed.filter(({ takesAway }) => !takesAway).map(({ name }) => name)
  // What stands behind a name of one word is what the command is given.
  const alone = group.length > 0 ? '' : nearest(words[0] ?? '', namesOf(commands))
  if (alone !== '') return coordError('COMMAND_UNKNOWN', words[0] ?? '', alone, leftOut)
  const typed = words.slice(0, 2).join(' ')
  const near = nearest(typed, namesOf(commands)) || namesOf(group).join('" or "')
  return coordError('COMMAND_UNKNOWN', typed, near, leftOut)
}

function listing(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const section = (title: string, listed: readonly Command[]) =>
    listed.length === 0
      ? ''
      : `${title}:\n${listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('')}\n`
  const moments = Object.entries(MOMENTS) as [Moment, string][]
  const lineWidth = Math.max(...QUICKSTART.map(([line]) => line.length))
  return `Usage:
  $ muse-coord <command> [options]

Agent quickstart:
${QUICKSTART.map(([line, what]) => `  ${line.padEnd(lineWidth)}  ${what}\n`).join('')}
${moments
  .map(([moment, title]) =>
    section(
      title,
      commands.filter((command) => command.moment === moment),
    ),
  )
  .join('')}${section(
  'Of plugins',
  commands.filter(({ moment }) => moment === undefined),
)}${environmentHelp()}

\`muse-coord help COMMAND\` says more. Every command takes --help, --json/-j, -C DIR, --plugin NAME and --no-plugins.
`
}
