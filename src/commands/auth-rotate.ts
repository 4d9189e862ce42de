import { resolve } from 'node:path'
import { CLOCK, type Clock } from '../clock.js'
import { coordError } from '../errors.js'
import { resolveHub } from '../sync/target.js'
import type { Command } from './command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from './sync-options.js'

export const authRotate: Command = {
  name: 'auth rotate',
  summary: 'Replace the key of your handle at a hub.',
  description: `Makes a new key, has the hub take it in the place of the old one, and uses it from then on. The old one signs nothing
any more; its file stays. For a key that was lost, ask the operator of the hub: \`hub revoke\`, then \`hub invite\`.`,
  options: [
    HUB_OPTION,
    { flag: '--key <file>', description: 'Use this key, which an interrupted rotation left, instead of a new one.' },
  ],
  examples: ['auth rotate --hub https://hub.example.com --json'],
  json: [
    'hub                   address of the hub',
    'handle                whose key it is',
    'fingerprint           sha256:… of the key that signs now',
    'replaced_fingerprint  sha256:… of the key that signed until now',
    'key_path              where the private key lies',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { flags, env, directory, signal } = call
    const hub = resolveHub({ hub: flags.text('hub'), env, directory })
    const [{ loadIdentity }, { identityPaths }, { rotateKey }] = await Promise.all([
      import('../auth/identity-file.js'),
      import('../auth/identity-paths.js'),
      import('../sync/rotate-key.js'),
    ])
    const paths = identityPaths(env)
    const identity = loadIdentity(env, hub)
    if (paths === null || identity === null) throw coordError('NO_IDENTITY', hub.host)
    const key = flags.text('key')
    const keyPath = key === undefined ? undefined : resolve(directory, key)
    const clock = (await call.container()).resolve<Clock>(CLOCK)
    const result = await rotateKey({ hub, identity, paths, keyPath, clock, signal })
    return { result, text: `✅ ${result.handle} signs at ${result.hub} with ${result.fingerprint} now` }
  },
}
