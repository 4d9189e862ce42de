import { defineCommand } from '../command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from '../sync/options.js'

export const authRegister = defineCommand({
  name: 'auth register',
  summary: 'Tell a hub whose key this is.',
  moment: 'set_up',
  description: `Registers the handle of this machine's identity at a hub: the hub gives a nonce, the key signs it.
A handle belongs to the first key that registers it. Where there is no identity for this hub the key and handle of another one are
taken: a further one needs neither \`auth keygen\` nor a new name, and one that was moved is known again by its key and needs no registration. Safe to repeat.`,
  options: [
    HUB_OPTION,
    { flag: '--invite <code>', description: 'Invitation, for a hub whose registration is closed.' },
  ],
  examples: ['auth register --hub http://127.0.0.1:1337 --json', 'auth register --invite CODE'],
  json: [
    'hub          address of the hub',
    'handle       as registered',
    'fingerprint  sha256:… of the public key',
    'type         human or agent',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { register } = await import('../../workspace/identities.js')
    const result = await register(await call.session(), { invite: call.flags.text('invite') })
    return { result, text: `✅ ${result.handle} is registered at ${result.hub}` }
  },
})
