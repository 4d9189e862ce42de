import { defineCommand, parseHubUrl, shellWord } from '../../src/plugin.js'
import { knownPrograms } from './agent-run.js'
import type { SetUpFile } from './set-up-file.js'
import type { SetUp } from './setup.js'

const SCOPES = ['project', 'user'] as const

export const setupCommand = defineCommand({
  name: 'setup',
  summary: 'Have agent programs coordinate by themselves, through their hooks.',
  moment: 'set_up',
  description: `Makes the store where there is none (with --scope user it makes none), and adds to the settings of each program that it finds the calls of \`hook\`: from then on
no edit tool writes a file that another run holds. Adds \`mcp\` as a server of tools, by which a model asks for itself. Tells agents how to work in a block of AGENTS.md or CLAUDE.md. What
others wrote in these files stays to the byte, comments too, and --remove takes out what setup has put there. Settings of the
repository reach the others, and other working trees, when they are committed.`,
  arguments: '[agent...]',
  options: [
    { flag: '--scope <scope>', description: 'project: the repository (default); user: everything that you work on.' },
    {
      flag: '--hub <url>',
      description: 'Address of the hub, for the settings of the store, as `init --hub` writes it.',
    },
    { flag: '--dry-run', description: 'Show the difference, and change nothing.' },
    { flag: '--remove', description: 'Take everything out again.' },
    { flag: '--verify', description: 'Try each hook on a file that another run holds; changes no settings.' },
  ],
  examples: ['setup', 'setup claude codex --dry-run', 'setup --verify --json', 'setup --remove', 'setup --scope user'],
  json: [
    'scope           project, user',
    'agents          [{name, title, by_hand, outside}] by_hand: what a person has to do yet, or null',
    '                outside: what to do so that its shell reaches a store outside of the working tree, or null',
    'missing         names of programs that are known and were not found',
    'unguarded       why the hooks of git are not guarded, or null',
    'unstored        with --scope user: why the hooks have nothing to do here yet, or null',
    'files           [{path, change: created|changed|unchanged|removed|unreadable, fault, before, after}] their texts, or null',
    'uncommitted     paths of those files that other working trees and machines get only by a commit',
    'verified        with --verify: [{name, works, problem}]',
  ],
  exitCodes: {
    0: 'set up, removed, or verified',
    1: 'a file is unreadable, a hook does not work',
    4: 'nothing was found',
  },
  async run(call) {
    const { flags } = call
    const session = await call.session()
    const [{ setup }, { verifySetup }] = await Promise.all([import('./setup.js'), import('./verify-setup.js')])
    const [isDry, isRemoved, isVerified] = [flags.on('dry-run'), flags.on('remove'), flags.on('verify')]
    const scope = flags.oneOf('scope', SCOPES) ?? 'project'
    const dryRun = isDry || isVerified
    const hub = flags.text('hub') === undefined ? undefined : parseHubUrl(flags.required('hub')).base
    const result = await setup(session, { agents: call.arguments, scope, hub, remove: isRemoved, dryRun })
    if (isVerified) {
      const verified = await verifySetup(session, result, knownPrograms(session))
      const lines = verified.map(({ name, works, problem }) =>
        works ? `✅ ${name} refuses what others hold${problem ? `; but: ${problem}` : ''}` : `❌ ${name}: ${problem}`,
      )
      const isFine = verified.every(({ works }) => works)
      return { result: { ...result, verified }, text: lines.join('\n'), exitCode: isFine ? 0 : 1 }
    }
    const isUnreadable = result.files.some(({ change }) => change === 'unreadable')
    return { result, text: textOf(result, isDry, isRemoved), exitCode: isUnreadable ? 1 : 0 }
  },
})

function textOf(result: SetUp, isDry: boolean, isRemoved: boolean): string {
  const { agents, missing, unguarded, unstored, files, uncommitted } = result
  if (isDry) return files.map(difference).filter(Boolean).join('\n') || '(nothing would change)'
  const titles = agents.map(({ title }) => title).join(', ')
  const headline = isRemoved ? `✅ Taken out of ${titles}` : `✅ Set up ${titles}`
  const lines = files.map(({ path, change, fault }) =>
    change === 'unreadable' ? `❌ left as it is: ${path} ${fault}` : `   ${change}: ${path}`,
  )
  if (uncommitted.length > 0) {
    lines.push('⚠️  not committed, so other working trees and machines do not have it yet:')
    lines.push(
      `   git add -- ${uncommitted.map(shellWord).join(' ')} && git commit -m '${isRemoved ? 'Take out' : 'Set up'} muse-coord'`,
    )
  }
  if (isRemoved) return [headline, ...lines].join('\n')
  const byHand = agents.flatMap(({ title, byHand, outside }) =>
    [byHand, outside].flatMap((text) => (text === null ? [] : [`⚠️  ${title}: ${text}`])),
  )
  const others = missing.length === 0 ? [] : [`   known, but not found: ${missing.join(', ')}`]
  if (unguarded !== null) lines.push(`⚠️  commits are not guarded: ${unguarded}`)
  if (unstored !== null) lines.push(`⚠️  ${unstored}`)
  return [headline, ...lines, ...byHand, ...others, '   try it: muse-coord setup --verify'].join('\n')
}

/** The lines between the first and the last that differ. */
function difference({ path, change, fault, before, after }: SetUpFile): string {
  if (change === 'unreadable') return `❌ would be left as it is: ${path} ${fault}`
  if (change === 'unchanged') return ''
  const [old, fresh] = [before, after].map((text) => (text === null ? [] : text.replace(/\n$/, '').split('\n')))
  const [left, right] = [old ?? [], fresh ?? []]
  let same = 0
  while (same < Math.min(left.length, right.length) && left[same] === right[same]) same++
  let end = 0
  while (end < Math.min(left.length, right.length) - same && left.at(-1 - end) === right.at(-1 - end)) end++
  const lines = (sign: string, all: readonly string[]) => all.slice(same, all.length - end).map((line) => sign + line)
  return [`--- ${path}`, `@@ line ${same + 1} @@`, ...lines('-', left), ...lines('+', right)].join('\n')
}
