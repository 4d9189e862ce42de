import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

const DAY_SECONDS = 24 * 3600

export const hubInvite = defineCommand({
  name: 'hub invite',
  summary: 'Let somebody register at a hub whose registration is closed.',
  moment: 'operate',
  description: `Makes an invitation in the store of a hub, which may be running, and prints its code, once. Who has the code registers with
it one key. An invitation for a handle whose key was revoked gives that handle a new key.`,
  options: [
    ...HUB_STORE_OPTIONS,
    { flag: '--handle <name>', description: 'The handle it is for (default: any that is free).' },
    { flag: '--ttl <time>', description: 'How long it can be used: 2h, 30d; a year at most (default 7d).' },
  ],
  examples: ['hub invite --handle gabriel --json', 'hub invite --data /var/lib/muse-hub --ttl 1d'],
  json: [
    'code        for `muse-coord auth register --invite CODE`; shown only here',
    'handle      the handle it is for, or null',
    'expires_at  until when it can be used',
  ],
  exitCodes: { 0: 'made', 1: 'bad arguments, or the store does not work' },
  async run(call) {
    const handle = call.flags.text('handle') ?? null
    const ttlSeconds = call.flags.duration('ttl', { min: 1, max: 365 * DAY_SECONDS }) ?? 7 * DAY_SECONDS
    const { invite } = await import('../../hub/invite.js')
    const { clock } = await call.session()
    const result = await withHubStore(call, (store) =>
      invite(store, { handle, expiresAt: clock.now() + ttlSeconds * 1000 }),
    )
    const whom = handle === null ? 'one key' : `a key of ${handle}`
    return { result, text: `✅ ${result.code} — registers ${whom} until ${result.expiresAt}, once` }
  },
})
