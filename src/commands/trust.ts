import { coordError } from '../base/errors.js'
import type { Trust } from '../workspace/trust.js'
import { defineCommand } from './command.js'

export const trust = defineCommand({
  name: 'trust',
  summary: 'Believe a workspace that somebody else may have made.',
  moment: 'set_up',
  description: `What lies in a directory of another user, or in one that everybody may write, is somebody else's word: every command
refuses it until you say here that you know whose it is. Plugins that its settings name are code, which came with the clone: they
are left out until you have looked at them and trust them here. Where git tracks the settings, the hub and the space that they name
came with the clone too: nothing is signed for them and nothing fetched. What you say is kept in ~/.muse/workspaces.toml, for you on
this machine; another owner, hub or space has to be trusted anew, and a plugin once its file or one that it imports by a relative path
has changed.`,
  isBeforePlugins: true,
  options: [
    { flag: '--show', description: 'Tell what is trusted and what is not, and change nothing.' },
    { flag: '--remove', description: 'Trust it no longer.' },
  ],
  examples: ['trust --show --json', 'trust', 'trust --remove'],
  json: [
    'root        directory that holds .muse/',
    'ownership   why its owner is not believed without a word, or null',
    'settings    {hub, space, is_trusted} where its settings send records, or null',
    'plugins     [{name, hash, is_trusted}] those of its settings; hash is sha256:…, unbounded, or null',
    'is_trusted  whether everything that has to be trusted is',
  ],
  exitCodes: { 0: 'told, or done', 2: 'not inside a repository' },
  async run({ flags, session }) {
    if (flags.on('show') && flags.on('remove')) throw coordError('ARGUMENTS', 'Give --show or --remove, not both.')
    const action = flags.on('show') ? 'show' : flags.on('remove') ? 'remove' : 'add'
    const { trust } = await import('../workspace/trust.js')
    const result = await trust(await session(), { action })
    return { result, text: textOf(result) }
  },
})

function textOf({ root, ownership, settings, plugins, isTrusted }: Trust): string {
  if (ownership === null && plugins.length === 0 && settings === null)
    return `${root} is yours; nothing has to be trusted`
  const owner = ownership === null ? '' : `, which ${ownership}`
  const address =
    settings === null
      ? []
      : [
          {
            name: `records go to ${settings.hub ?? 'a hub that is given otherwise'}, space ${settings.space}`,
            isTrusted: settings.isTrusted,
          },
        ]
  const named = plugins.map((plugin) =>
    plugin.hash === 'unbounded' ? { ...plugin, name: `${plugin.name}, which is more than can be looked at` } : plugin,
  )
  const lines = [...address, ...named].map((part) => `   ${wordOf(part)}: ${part.name}`)
  return [`${isTrusted ? '✅ Trusted' : '⚠️  Not trusted'}: ${root}${owner}`, ...lines].join('\n')
}

/** What is not there runs nothing, and was trusted by nobody. */
function wordOf({ hash, isTrusted }: { readonly hash?: string | null; readonly isTrusted: boolean }): string {
  return hash === null ? 'missing' : isTrusted ? 'trusted' : 'not trusted'
}
