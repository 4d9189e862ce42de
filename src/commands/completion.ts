import type { Command as TabCommand } from '@bomb.sh/tab'
import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { spellingsOf } from './argv.js'
import { type CommandCall, type CommandOption, defineCommand } from './command.js'
import { COMMON_OPTIONS } from './command-line.js'
import { printedBy } from './printed-by.js'
import { KINDS_OPTION } from './sync/options.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']

/** What the scripts call back with, the words typed so far behind `--`. */
const CALLBACK = 'complete'

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a script that completes commands and flags in your shell.',
  moment: 'set_up',
  description: `Prints a completion script for ${SHELLS.join(', ')}. Commands of plugins are completed like the built-in ones.`,
  arguments: '<shell>',
  takesRest: true,
  options: [],
  examples: ['completion bash > ~/.local/share/bash-completion/completions/muse-coord', 'completion zsh'],
  json: [],
  exitCodes: { 0: 'printed', 1: 'no such shell' },
  async run(call) {
    const [shell] = call.arguments
    if (shell === CALLBACK) {
      const tree = await commandTree(call)
      call.output.print(printedBy('log', () => tree.parse([...call.rest])))
      return {}
    }
    if (!SHELLS.includes(shell)) throw coordError('FLAG_VALUE', '<shell>', quote(shell), SHELLS.join(', '))
    const { script } = await import('@bomb.sh/tab')
    const printed = printedBy('log', () => script(shell, 'muse-coord', 'muse-coord completion'))
    call.output.print(evaluatingNothing(shell, printed))
    return {}
  },
})

/**
 * By shell, what the library's script does with the words typed so far, and what is put in its place. Bash would evaluate them,
 * and run what a name in the line says at a press of TAB; to PowerShell a curly quote ends a text as a straight one does.
 */
const EVALUATED: Readonly<Record<string, readonly [found: string, instead: string][]>> = {
  bash: [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an array of bash
    ['out=$(eval "$requestComp" 2>/dev/null)', 'out=$(muse-coord completion complete -- "${words[@]:1}" 2>/dev/null)'],
  ],
  powershell: [[`($_ -replace "'", "''")`, `($_ -replace "(['\\u2018-\\u201B])", '$1$1')`]],
}

/** The script, with the words typed so far as data. Throws where the library's is another than the one that was looked at. */
function evaluatingNothing(shell: string, script: string): string {
  return (EVALUATED[shell] ?? []).reduce((text, [found, instead]) => {
    if (!text.includes(found)) throw new Error(`the completion of ${shell} is not the one that was looked at`)
    return text.replace(found, () => instead)
  }, script)
}

async function commandTree(call: Pick<CommandCall, 'commands' | 'session'>) {
  const [{ RootCommand }, commands] = await Promise.all([import('@bomb.sh/tab'), call.commands()])
  const kinds = await namedKinds(call)
  const root = new RootCommand()
  for (const { name, summary, options } of commands) {
    const [group] = name.split(' ') as [string]
    // The first word of two must be known too, or nothing behind it is found.
    if (group !== name && !root.commands.has(group)) root.command(group, '')
    const command = root.command(name, summary)
    for (const option of [...options, ...COMMON_OPTIONS]) addOption(command, option, kinds)
  }
  return root
}

/** None in a workspace that is not believed, or cannot be read: there is nobody to tell of it at TAB. */
async function namedKinds(call: Pick<CommandCall, 'session'>): Promise<readonly NamedKind[]> {
  const session = await call.session()
  try {
    return session.registry.all.map(({ name, directory }) => ({ name, directory }))
  } catch {
    return []
  }
}

function addOption(command: TabCommand, option: CommandOption, kinds: readonly NamedKind[]): void {
  const { flag, description } = option
  const names = spellingsOf(option)
  const long = (names.at(-1) as string).slice(2)
  const alias = names.length > 1 ? (names[0] as string).slice(1) : undefined
  const takesValue = flag.includes('<')
  const values = flag === KINDS_OPTION.flag ? kinds : []
  if (!takesValue && alias !== undefined) command.option(long, description, alias)
  else if (!takesValue) command.option(long, description)
  else {
    command.option(
      long,
      description,
      (complete) => {
        for (const { name, directory } of values) complete(name, directory)
      },
      alias,
    )
  }
}

interface NamedKind {
  readonly name: string
  readonly directory: string
}
