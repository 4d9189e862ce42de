import { coordError } from '../../base/errors.js'
import { isSpaceName } from '../../record/record.js'
import { resolveHub } from '../../workspace/target.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION } from '../sync/options.js'

export const authKeygen = defineCommand({
  name: 'auth keygen',
  summary: 'Make a signing key and an identity for a hub.',
  moment: 'set_up',
  description: `Makes an Ed25519 key under ~/.muse/keys/ and a section for the hub in ~/.muse/identity.toml, both for your
eyes only. The hub hears of it with \`auth register\`.`,
  options: [
    HUB_OPTION,
    { flag: '--handle <name>', description: 'The name under which you push.' },
    { flag: '--type <type>', description: 'human or agent; agent when left out.' },
    { flag: '--force', description: 'Replace the identity for this hub; its key file stays.' },
  ],
  examples: [
    'auth keygen --hub http://127.0.0.1:1337 --handle gabriel --json',
    'auth keygen --hub https://hub.example.com --handle gabriel --type human',
  ],
  json: [
    'host         section in identity.toml',
    'handle       as given',
    'type         human or agent',
    'fingerprint  sha256:… of the public key',
    'key_path     where the private key lies',
  ],
  exitCodes: { 0: 'made', 1: 'bad arguments, an identity is there already, or the files cannot be written' },
  async run(call) {
    const { flags } = call
    const handle = flags.required('handle')
    if (!isSpaceName(handle)) throw coordError('NAME_INVALID', '--handle', handle)
    const type = flags.oneOf('type', ['human', 'agent']) ?? 'agent'
    const { keygen } = await import('../../workspace/identities.js')
    const session = await call.session()
    const result = keygen(session, { handle, type, force: flags.on('force') })
    const text = `✅ Made an identity for ${result.host}: ${handle} (${type})
   key: ${result.keyPath}
   fingerprint: ${result.fingerprint}
   next: muse-coord auth register --hub ${resolveHub(session).base}`
    return { result, text }
  },
})
