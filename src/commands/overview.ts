import { coordError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { jsonLine } from '../base/printable.js'
import type { Command } from './command.js'
import { environmentHelp } from './environment.js'
import { groupHelp } from './group-help.js'
import type { Streams } from './host.js'

export interface OverviewRequest {
  readonly commands: readonly Command[]
  /** Those of them that the program itself brings. */
  readonly core: readonly Command[]
  /** The words that stand where a command's name belongs. */
  readonly words: readonly string[]
  readonly wantsHelp: boolean
  readonly wantsJson: boolean
  readonly streams: Streams
}

/**
 * Answers a line that names no command: the list of commands where nothing was asked for or help was, the commands of a
 * group (`sync`) with `--help`.
 *
 * @throws `COMMAND_UNKNOWN`
 */
export function overview({ commands, core, words, wantsHelp, wantsJson, streams }: OverviewRequest): number {
  const word = words[0]
  const group = commands.filter(({ name }) => name.startsWith(`${word} `))
  if (word !== undefined && word !== 'help' && !(group.length > 0 && wantsHelp)) {
    const names = commands.map(({ name }) => name)
    const grouped = group.map(({ name }) => name).join('" or "')
    // What stands behind a name of one word is what the command is given.
    const alone = group.length > 0 ? '' : nearest(word, names)
    if (alone !== '') throw coordError('COMMAND_UNKNOWN', word, alone)
    const typed = words.slice(0, 2).join(' ')
    throw coordError('COMMAND_UNKNOWN', typed, (words.length === 1 && grouped) || nearest(typed, names) || grouped)
  }
  const listed = group.length > 0 ? group : commands
  const document = { commands: listed.map(({ name, summary }) => ({ name, summary })) }
  const text = word !== undefined && group.length > 0 ? groupHelp(word, group) : listing(listed, core)
  streams.stdout(wantsJson ? `${jsonLine(document)}\n` : text)
  return 0
}

function listing(commands: readonly Command[], core: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const rows = (listed: readonly Command[]) =>
    listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('')
  const isCore = (command: Command) => core.includes(command)
  const sections = [
    ['Coordinate', commands.filter((command) => !isCore(command))],
    ['Share and set up', commands.filter(isCore)],
  ] as const
  return `Usage:
  $ muse-coord <command> [options]

${sections
  .filter(([, listed]) => listed.length > 0)
  .map(([title, listed]) => `${title}:\n${rows(listed)}\n`)
  .join('')}Agent quickstart:
  muse-coord demo                      see the main job done in a temporary place
  muse-coord sync push --json          send what this workspace wrote
  muse-coord sync pull --json          fetch what the others wrote

${environmentHelp()}

Every command takes --help, --json/-j, -C DIR and --plugin NAME.
`
}
