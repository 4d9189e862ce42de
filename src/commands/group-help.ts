import type { Command } from './command.js'
import { COMMON_OPTIONS } from './command-line.js'
import { environmentHelp } from './environment.js'
import { exitCodesOf } from './help.js'

/** What the commands of a group are for together, and what they print; a group without gets the list alone. */
const ABOUT: Readonly<Record<string, string>> = {
  sync: `Carries the records of agents (what they reserve, intend, release; their heartbeats, dependencies, tasks and claims) between
machines, over a hub. Local files are the truth, and everything else works without a hub.

  $ muse-coord sync push
  ✅ Pushed 12 record(s) to gabriel/myrepo — inserted: 10, skipped: 2 (0.123s)
  $ muse-coord sync pull
  ✅ Pulled 8 new record(s) from gabriel/myrepo — cursor: 20 (0.045s)

With --json each prints one document: {"schema_version": "1", "duration_ms": 123, "inserted": 10, "skipped": 2, "total": 12, "failed": false,
…} and {"schema_version": "1", "duration_ms": 45, "count": 8, "cursor": 20, "records": […], …}.`,
}

/** The help of a group of commands, such as `sync`: what each does, with its flags and examples. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  const about = ABOUT[group]
  const parts = [
    `Usage:\n  $ muse-coord ${group} <command> [options]`,
    ...(about === undefined ? [] : [about]),
    ...commands.map(commandHelp),
    `Flags of every command:\n${flagLines(COMMON_OPTIONS)}`,
    `Exit codes:\n${exitCodesOf(commands)}`,
    environmentHelp(),
    `muse-coord ${group} <command> --help says more: every field of its JSON.`,
  ]
  return `${parts.join('\n\n')}\n`
}

function commandHelp({ name, arguments: places = '', description, options, examples }: Command): string {
  const usage = ['muse-coord', name, places].filter(Boolean).join(' ')
  const quickstart = examples.map((example) => `  $ muse-coord ${example}`).join('\n')
  return [usage, indented(description), ...(options.length > 0 ? [flagLines(options)] : []), quickstart].join('\n')
}

function flagLines(options: Command['options']): string {
  const width = Math.max(...options.map(({ flag }) => flag.length))
  return options.map(({ flag, description }) => `    ${flag.padEnd(width)}  ${description}`).join('\n')
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
