import { coordError } from '../base/errors.js'
import { parseHubUrl } from '../record/hub-url.js'
import { isSpaceName } from '../record/record.js'
import type { InitResult } from '../workspace/init-repo.js'
import { defineCommand } from './command.js'
import type { Flags } from './flags.js'

export const init = defineCommand({
  name: 'init',
  summary: 'Make .muse/ with its settings, or change the settings.',
  moment: 'set_up',
  description: `Makes .muse/ with a commented config.toml: at the top of the repository of git that the directory lies in, in the main
one of its working trees, else in the directory itself. Where there is one already it says what stands in it and changes
nothing, unless flags are given: then it sets those values and keeps everything else. Records are kept out of git;
config.toml may be committed.`,
  options: [
    { flag: '--hub <url>', description: 'Address of the hub, written to [hub] url.' },
    { flag: '--owner <name>', description: 'Owner of the space, written to [coord] owner.' },
    { flag: '--slug <name>', description: 'Name of the space, written to [coord] slug.' },
    { flag: '--local', description: 'It had a hub once and has none any more: this machine decides alone.' },
    { flag: '--nested', description: 'Make one of this very directory, which the repository around it does not see.' },
  ],
  examples: ['init --hub http://127.0.0.1:1337 --owner gabriel --slug myrepo --json', 'init'],
  json: [
    'root     directory that holds .muse/',
    'created  whether .muse/ was made by this call',
    'config   path of config.toml',
    'changed  settings that were changed: hub.url, coord.owner, coord.slug',
    'hub      as it stands in config.toml now, or null; so are owner and slug',
    'owner',
    'slug',
    'inside   root of a repository further up that this one hides, or null',
  ],
  exitCodes: { 0: 'made, changed, or there already', 1: 'bad arguments, or config.toml cannot be read or written' },
  async run({ flags, session }) {
    const [owner, slug] = [nameOf(flags, 'owner'), nameOf(flags, 'slug')]
    const hub = flags.text('hub') === undefined ? undefined : parseHubUrl(flags.required('hub')).base
    const { init } = await import('../workspace/init-repo.js')
    const result = init(await session(), { hub, owner, slug, nested: flags.on('nested'), local: flags.on('local') })
    return { result, text: textOf(result) }
  },
})

function nameOf(flags: Flags<never, 'owner' | 'slug'>, flag: 'owner' | 'slug'): string | undefined {
  if (flags.text(flag) === undefined) return undefined
  const value = flags.required(flag)
  if (!isSpaceName(value)) throw coordError('NAME_INVALID', `--${flag}`, value)
  return value
}

function textOf({ root, created, config, changed, hub, owner, slug, inside }: InitResult): string {
  const headline = created
    ? `✅ Made a Muse repository in ${root}`
    : changed.length > 0
      ? `✅ Set ${changed.join(', ')} in ${config}`
      : `There is a Muse repository in ${root} already; nothing changed`
  const lines = [
    headline,
    `   settings: ${config}`,
    `   hub: ${hub ?? '(none)'}   space: ${owner ?? '(no owner)'}/${slug ?? '(no slug)'}`,
  ]
  if (created) lines.push('   .muse/coordination/ is kept out of git; config.toml may be committed')
  if (inside !== null) lines.push(`   it lies inside the repository ${inside}, which is not seen from here`)
  return lines.join('\n')
}
