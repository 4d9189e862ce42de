import { systemClock } from '../../base/clock.js'
import { defineCommand } from '../command.js'
import { HUB_STORE_OPTIONS, withHubStore } from './store.js'

export const hubRevoke = defineCommand({
  name: 'hub revoke',
  summary: 'Take all keys from a handle.',
  moment: 'operate',
  takesAway: true,
  description: `Revokes the keys of a handle, those of its devices too, in the store of a hub, which may be running: nothing they sign is taken any
more, from the next request on. The handle stays taken and what it wrote stays; \`hub invite --handle NAME\` gives it a new key.`,
  arguments: '<handle>',
  options: HUB_STORE_OPTIONS,
  examples: ['hub revoke gabriel --json', 'hub revoke gabriel --data /var/lib/muse-hub'],
  json: [
    'handle               as given',
    'revoked_fingerprint  sha256:… of the key that was revoked, the first where there were several',
    'revoked              [sha256:…] of all of them',
  ],
  exitCodes: { 0: 'revoked', 1: 'bad arguments, or the store does not work', 4: 'nobody has this handle' },
  async run(call) {
    const [handle] = call.arguments
    const { revokeIdentity } = await import('../../hub/revoke-identity.js')
    const revoked = await withHubStore(call, (store) =>
      revokeIdentity(store, handle, { by: { handle: '', at: systemClock.now() } }),
    )
    return {
      result: { handle, revokedFingerprint: revoked[0], revoked },
      text: `✅ The key${revoked.length > 1 ? 's' : ''} ${revoked.join(', ')} of ${handle} ${revoked.length > 1 ? 'are' : 'is'} revoked`,
    }
  },
})
