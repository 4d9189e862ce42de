import { coordError } from '../base/errors.js'
import { isSpaceName } from '../record/record.js'
import type { Joined } from '../sync/join.js'
import { defineCommand } from './command.js'
import { SYNC_EXIT_CODES } from './sync/options.js'

export const join = defineCommand({
  name: 'join',
  summary: 'Join a space by the line that its owner has sent, or be the first at a hub of your own.',
  moment: 'start',
  description: `Takes an invitation that \`space invite\` has printed: makes a key for you where you have none, registers it, which makes you a
member, names hub and space in the settings of the repository that the directory lies in (made where there is none), and fetches what
the others have written. Safe to repeat.

Without a line it makes you the first owner of the hub that you have begun on this machine (\`hub serve\`, where that registers only who was
invited), and the space HANDLE/DIRECTORY there.`,
  arguments: '[line]',
  options: [
    {
      flag: '--handle <name>',
      description: 'The name that you sign by (default: the one that you sign by already, else the name of the user).',
    },
  ],
  examples: ['join', 'join https://hub.example.com/gabriel/myrepo#uVx3Jb0Pq7sKfW2d --handle ada', 'join LINE --json'],
  json: [
    'hub, owner, slug  the space',
    'handle            the name that you sign by there',
    'role              read or write; null: nothing new',
    'root              directory that holds .muse/',
    'created           whether .muse/ was made by this call',
    'pulled            records that came',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const handle = call.flags.text('handle')
    if (handle !== undefined && !isSpaceName(handle)) throw coordError('NAME_INVALID', '--handle', handle)
    const [line] = call.arguments
    const session = await call.session()
    const result =
      line === undefined
        ? await (await import('../sync/join-own-hub.js')).joinOwnHub(session, handle)
        : await (await import('../sync/join.js')).join(session, { line, handle })
    return { result, text: textOf(result) }
  },
})

function textOf({ hub, owner, slug, handle, role, root, pulled }: Joined): string {
  const what = role === null ? 'is in' : `may ${role} in`
  return `✅ ${handle} ${what} ${owner}/${slug} at ${hub}
   ${pulled} record(s) came into ${root}/.muse
   next: muse-coord setup, or muse-coord status`
}
