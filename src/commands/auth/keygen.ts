import { coordError } from '../../base/errors.js'
import { isSpaceName } from '../../record/record.js'
import { resolveHub } from '../../workspace/target.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION } from '../sync/options.js'

export const authKeygen = defineCommand({
  name: 'auth keygen',
  summary: 'Make an identity for a hub, and the key that signs.',
  moment: 'set_up',
  description: `Makes an Ed25519 key under ~/.muse/keys/ and a section for the hub in ~/.muse/identity.toml, both for your
eyes only. One key signs at all hubs, so a further hub gets the key that is there: what is signed for one is worth nothing at
another. localhost, 127.0.0.1 and [::1] are one hub. The hub hears of it with \`auth register\`.`,
  options: [
    HUB_OPTION,
    { flag: '--handle <name>', description: 'The name under which you push (default: that at another hub).' },
    { flag: '--type <type>', description: 'human or agent (default: as at another hub, else agent).' },
    { flag: '--own-key', description: 'Make a key for this hub alone.' },
    {
      flag: '--force',
      description: 'Replace the identity for this hub by one with a new key; the old key file stays.',
    },
  ],
  examples: [
    'auth keygen --hub http://127.0.0.1:1337 --handle gabriel --json',
    'auth keygen --hub https://hub.example.com --handle gabriel --type human --own-key',
  ],
  json: [
    'host         section in identity.toml',
    'handle       as given',
    'type         human or agent',
    'fingerprint  sha256:… of the public key',
    'key_path     where the private key lies',
    'is_new_key   whether the key was made by this call; false: it signs at other hubs too',
  ],
  exitCodes: { 0: 'made', 1: 'bad arguments, an identity is there already, or the files cannot be written' },
  async run(call) {
    const { flags } = call
    const session = await call.session()
    const { keygen, knownIdentity } = await import('../../workspace/identities.js')
    const known = flags.text('handle') === undefined ? knownIdentity(session) : null
    const handle = known?.handle ?? flags.required('handle')
    if (!isSpaceName(handle)) throw coordError('NAME_INVALID', '--handle', handle)
    const type = flags.oneOf('type', ['human', 'agent']) ?? known?.type ?? 'agent'
    const result = keygen(session, { handle, type, force: flags.on('force'), isOwnKey: flags.on('own-key') })
    const text = `✅ Made an identity for ${result.host}: ${handle} (${type})
   key: ${result.keyPath}${result.isNewKey ? '' : ', which signs at other hubs too'}
   fingerprint: ${result.fingerprint}
   next: muse-coord auth register --hub ${resolveHub(session).base}`
    return { result, text }
  },
})
