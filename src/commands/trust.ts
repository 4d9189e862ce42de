import { coordError } from '../base/errors.js'
import type { Trust } from '../workspace/trust.js'
import { defineCommand } from './command.js'

export const trust = defineCommand({
  name: 'trust',
  summary: 'Believe a workspace that somebody else may have made.',
  description: `What lies in a directory of another user, or in one that everybody may write, is somebody else's word: every command
refuses it until you say here that you know whose it is. What you say is kept in ~/.muse/workspaces.toml, for you on this
machine; another owner has to be trusted anew.`,
  options: [
    { flag: '--show', description: 'Tell what is trusted and what is not, and change nothing.' },
    { flag: '--remove', description: 'Trust it no longer.' },
  ],
  examples: ['trust --show --json', 'trust', 'trust --remove'],
  json: [
    'root        directory that holds .muse/',
    'ownership   why its owner is not believed without a word, or null',
    'is_trusted  whether everything that has to be trusted is',
  ],
  exitCodes: { 0: 'told, or done', 2: 'not inside a repository' },
  async run({ flags, session }) {
    if (flags.on('show') && flags.on('remove')) throw coordError('ARGUMENTS', 'Give --show or --remove, not both.')
    const action = flags.on('show') ? 'show' : flags.on('remove') ? 'remove' : 'add'
    const { trust } = await import('../workspace/trust.js')
    const result = trust(await session(), { action })
    return { result, text: textOf(result) }
  },
})

function textOf({ root, ownership, isTrusted }: Trust): string {
  if (ownership === null) return `${root} is yours; nothing has to be trusted`
  return `${isTrusted ? '✅ Trusted' : '⚠️  Not trusted'}: ${root}, which ${ownership}`
}
