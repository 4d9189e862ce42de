import { CLOCK, type Clock } from '../clock.js'
import { coordError } from '../errors.js'
import { resolveHub } from '../sync/target.js'
import type { Command } from './command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from './sync-options.js'

export const authRevoke: Command = {
  name: 'auth revoke',
  summary: 'Have a hub take nothing of your key any more.',
  description: `For a key that others may have seen: the hub takes nothing signed by it from now on. This cannot be undone. The handle
stays taken; the operator of the hub gives it a new key with \`hub invite --handle NAME\`. To change keys while you have the
old one, use \`auth rotate\`.`,
  options: [HUB_OPTION, { flag: '--yes', description: 'Really do it.' }],
  examples: ['auth revoke --hub https://hub.example.com --yes --json'],
  json: [
    'hub                  address of the hub',
    'handle               whose key it was',
    'revoked_fingerprint  sha256:… of the key',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { flags, env, directory, signal } = call
    const hub = resolveHub({ hub: flags.text('hub'), env, directory })
    if (!flags.on('yes')) throw coordError('FLAG_MISSING', '--yes')
    const [{ loadIdentity }, { HubClient }] = await Promise.all([
      import('../auth/identity-file.js'),
      import('../sync/hub-client.js'),
    ])
    const identity = loadIdentity(env, hub)
    if (identity === null) throw coordError('NO_IDENTITY', hub.host)
    const clock = (await call.container()).resolve<Clock>(CLOCK)
    await new HubClient({ hub, signer: identity, clock, signal }).revokeKey()
    const { handle, fingerprint } = identity
    return {
      result: { hub: hub.base, handle, revokedFingerprint: fingerprint },
      text: `✅ ${hub.base} takes nothing of the key ${fingerprint} of ${handle} any more`,
    }
  },
}
