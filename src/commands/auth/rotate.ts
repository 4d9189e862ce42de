import { resolve } from 'node:path'
import { defineCommand } from '../command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from '../sync/options.js'

export const authRotate = defineCommand({
  name: 'auth rotate',
  summary: 'Replace the key of your handle at a hub.',
  moment: 'set_up',
  description: `Makes a new key, has the hub take it in the place of the old one, and uses it from then on. The old one signs nothing
any more; its file stays. One that was interrupted is finished by the next. For a key that was lost, ask the operator of the hub: \`hub revoke\`, then \`hub invite\`.`,
  options: [HUB_OPTION, { flag: '--key <file>', description: 'Use this key instead of a new one.' }],
  examples: ['auth rotate --hub https://hub.example.com --json'],
  json: [
    'hub                   address of the hub',
    'handle                whose key it is',
    'fingerprint           sha256:… of the key that signs now',
    'replaced_fingerprint  sha256:… of the key that signed until now',
    'key_path              where the private key lies',
    'still_at              hosts of other hubs that take the old key still',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const key = call.flags.text('key')
    const keyPath = key === undefined ? undefined : resolve(call.directory, key)
    const { rotateKey } = await import('../../workspace/identities.js')
    const result = await rotateKey(await call.session(), { keyPath })
    const { stillAt, keyPath: newPath } = result
    const others =
      stillAt.length === 0
        ? ''
        : `\n   the old key signs still at ${stillAt.join(', ')}: muse-coord auth rotate --hub URL --key ${newPath}`
    return { result, text: `✅ ${result.handle} signs at ${result.hub} with ${result.fingerprint} now${others}` }
  },
})
