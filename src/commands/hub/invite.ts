import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { parseHubUrl } from '../../record/hub-url.js'
import { isSpaceName } from '../../record/record.js'
import { defineCommand } from '../command.js'
import type { Flags } from '../flags.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

const DAY_SECONDS = 24 * 3600

export const hubInvite = defineCommand({
  name: 'hub invite',
  summary: 'Let somebody register at a hub whose registration is closed.',
  moment: 'operate',
  description: `Makes an invitation in the store of a hub, which may be running, and prints its code, once. Who has the code registers with
it one key. An invitation for a handle whose key was revoked gives that handle a new key. With --space and --hub it prints the command
that is typed on the machine of the owner of that space: the key, its registration and the settings come with it.`,
  options: [
    ...HUB_STORE_OPTIONS,
    { flag: '--handle <name>', description: 'The handle it is for (default: any that is free).' },
    { flag: '--space <owner/slug>', description: 'For its owner, by one line to join by; with --hub.' },
    { flag: '--hub <url>', description: 'The address of this hub in that line.' },
    { flag: '--ttl <time>', description: 'How long it can be used: 2h, 30d; a year at most (default 7d).' },
  ],
  examples: [
    'hub invite --handle gabriel --json',
    'hub invite --data /var/lib/muse-hub --ttl 1d',
    'hub invite --space gabriel/myrepo --hub https://hub.example.com',
  ],
  json: [
    'code        for `muse-coord auth register --invite CODE`; shown only here',
    'line        with --space: the command that is typed on the other machine',
    'handle      the handle it is for, or null',
    'expires_at  until when it can be used',
  ],
  exitCodes: { 0: 'made', 1: 'bad arguments, or the store does not work' },
  async run(call) {
    const target = targetOf(call.flags)
    const handle = target?.owner ?? call.flags.text('handle') ?? null
    const ttlSeconds = call.flags.duration('ttl', { min: 1, max: 365 * DAY_SECONDS }) ?? 7 * DAY_SECONDS
    const { invite } = await import('../../hub/invite.js')
    const session = await call.session()
    const made = await withHubStore(call, (store) =>
      invite(store, { handle, expiresAt: session.clock.now() + ttlSeconds * 1000 }),
    )
    if (target === null) {
      const whom = handle === null ? 'one key' : `a key of ${handle}`
      return { result: made, text: `✅ ${made.code} — registers ${whom} until ${made.expiresAt}, once` }
    }
    const { joinCommand } = await import('../../workspace/space.js')
    const line = joinCommand(session, { ...target, code: made.code, handle: target.owner })
    const where = `On the machine of ${target.owner}, in the repository (serves once, until ${made.expiresAt}):`
    call.output.note(where)
    return { result: { ...made, line }, text: line }
  },
})

/** For whose space the invitation is, and where; `null`: for a key alone. */
function targetOf(flags: Flags<never, 'space' | 'hub' | 'handle'>) {
  const [space, hub] = [flags.text('space'), flags.text('hub')]
  if (space === undefined && hub === undefined) return null
  const [owner = '', slug = '', ...more] = (space ?? '').split('/')
  if (!isSpaceName(owner) || !isSpaceName(slug) || more.length > 0) {
    throw coordError('FLAG_VALUE', '--space', quote(space ?? ''), 'owner/slug')
  }
  if ((flags.text('handle') ?? owner) !== owner) {
    throw coordError('ARGUMENTS', '--space is for its owner, and --handle names another.')
  }
  return { hub: parseHubUrl(flags.required('hub')), owner, slug }
}
