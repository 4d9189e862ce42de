import { coordError } from '../../base/errors.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from '../sync/options.js'

export const authRevoke = defineCommand({
  name: 'auth revoke',
  summary: 'Have a hub take nothing of a key of yours any more.',
  moment: 'set_up',
  takesAway: true,
  description: `For a key that others may have seen, or a machine that is given away: the hub takes nothing signed by it from now on, its open streams
end, and lines for further machines that were not used yet are void. This cannot be undone. Without an argument it is the key of this machine; another
one of the handle is named by its fingerprint, eight letters are enough, or by its machine, as \`auth keys\` lists them. A handle without a
key stays taken; the operator of the hub gives it a new one with \`hub invite --handle NAME\`. To change keys while you have the old
one, use \`auth rotate\`.`,
  arguments: '[key]',
  options: [HUB_OPTION, { flag: '--yes', description: 'Really do it.' }],
  examples: ['auth revoke --hub https://hub.example.com --yes --json', 'auth revoke laptop --yes'],
  json: [
    'hub                  address of the hub',
    'handle               whose key it was',
    'revoked_fingerprint  sha256:… of the key',
    'still_at             hosts of other hubs that take the key still',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    if (!call.flags.on('yes')) throw coordError('FLAG_MISSING', '--yes')
    const { revokeKey } = await import('../../workspace/keys.js')
    const result = await revokeKey(await call.session(), call.arguments[0])
    const { hub, handle, revokedFingerprint, stillAt } = result
    const others = stillAt.length === 0 ? '' : `\n   it signs still at ${stillAt.join(', ')}: revoke it there too`
    return { result, text: `✅ ${hub} takes nothing of the key ${revokedFingerprint} of ${handle} any more${others}` }
  },
})
