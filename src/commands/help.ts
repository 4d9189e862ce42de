import type { Command } from './command.js'
import { tellsFreshness } from './max-age.js'

/** A part of what cac prints for `--help`. */
interface HelpSection {
  readonly title?: string
  readonly body: string
}

/** What each command can end with; a command says more of a code where it means more there. */
const COMMON_EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'bad arguments, or something that was needed failed',
  2: 'not inside a Muse repository',
  3: 'a fault of this program',
  130: 'interrupted',
}

/** What stands in every object that `--json` prints. */
const COMMON_JSON: readonly string[] = [
  'schema_version  "1"',
  'duration_ms     milliseconds since the command began, a number',
]

const IS_SENT_JSON = 'is_sent         where records were written and there is a hub: whether it has them'

const AS_OF_JSON =
  'as_of           until when, by the hub’s clock, what others wrote is known; null: no hub, or never pulled'

const UNREAD_JSON = 'unread          where something could not be read: [{path, reason}], of which nothing is told'

/**
 * The help of a command: cac's usage and list of flags, and what it does not know.
 *
 * @param sections as cac makes them: the program's name, the usage, the flags
 * @param kinds the names of all kinds
 */
export function helpOf(
  command: Command,
  [, usage, flags]: readonly HelpSection[],
  kinds: () => readonly string[],
): HelpSection[] {
  const common = [
    ...COMMON_JSON,
    ...(tellsFreshness(command) ? [AS_OF_JSON, ...unreadJson(command)] : []),
    IS_SENT_JSON,
  ]
  const json = command.json.length === 0 ? ['none'] : [...common, ...command.json]
  return [
    { body: command.description },
    ...(usage ? [usage] : []),
    // cac leaves room for a default behind every description, and calls one what a flag that begins with `--no-` takes away.
    ...(flags
      ? [{ ...flags, body: withKinds(flags.body.replace(/( \(default: true\))? *$/gm, ''), command, kinds) }]
      : []),
    { title: 'Agent quickstart', body: indented(command.examples.map((example) => `muse-coord ${example}`)) },
    { title: 'JSON output', body: indented(json) },
    { title: 'Exit codes', body: exitCodesOf([command]) },
  ]
}

/** Of a command that does not tell of it by itself. */
function unreadJson({ json }: Command): readonly string[] {
  return json.some((line) => /^(unread|problems) /.test(line)) ? [] : [UNREAD_JSON]
}

/** What commands can end with; where they differ, the first one's word. */
export function exitCodesOf(commands: readonly Command[]): string {
  const codes = [...commands.map(({ exitCodes }) => exitCodes), COMMON_EXIT_CODES].reverse()
  return indented(Object.entries(Object.assign({}, ...codes)).map(([code, meaning]) => `${code} — ${meaning}`))
}

function withKinds(body: string, { options }: Command, kinds: () => readonly string[]): string {
  return options
    .filter(({ takesKinds }) => takesKinds)
    .reduce(
      (text, { description }) => text.replace(description, () => `${description} One of: ${kinds().join(', ')}.`),
      body,
    )
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}
