import { coordError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { Command } from './command.js'
import { coreCommands } from './index.js'
import type { Streams } from './terminal.js'

/**
 * Answers a line that names no command: the list of commands where nothing was asked for or help was, the commands of a
 * group (`sync`) with `--help`.
 *
 * @throws `COMMAND_UNKNOWN`
 */
export function overview(
  commands: readonly Command[],
  words: readonly string[],
  argv: readonly string[],
  streams: Streams,
): number {
  const word = words[0]
  const group = commands.filter(({ name }) => name.startsWith(`${word} `))
  const helpWanted = argv.some((token) => token === '--help' || token === '-h')
  if (word !== undefined && word !== 'help' && !(group.length > 0 && helpWanted)) {
    const names = commands.map(({ name }) => name)
    const typed = words.join(' ')
    throw coordError('COMMAND_UNKNOWN', typed, nearest(typed, names) || group.map(({ name }) => name).join('" or "'))
  }
  streams.stdout(listing(group.length > 0 ? group : commands))
  return 0
}

function listing(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const rows = (listed: readonly Command[]) =>
    listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('')
  const isCore = (command: Command) => coreCommands.includes(command)
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

Every command takes --help, --json/-j, -C DIR and --plugin NAME.
`
}
