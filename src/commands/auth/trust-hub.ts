import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION, SYNC_EXIT_CODES } from '../sync/options.js'

const FINGERPRINT = /^sha256:[0-9a-f]{64}$/

export const authTrustHub = defineCommand({
  name: 'auth trust-hub',
  summary: 'Know a hub by the key that it shows now.',
  moment: 'set_up',
  description: `A hub has a key of its own, by which this machine knows it again from the first answer on, as ssh does with
known_hosts: whoever answers in its place later is refused. After a hub was set up anew under its old address, this command has the new
one known. \`hub serve\` prints the fingerprint to compare; with --fingerprint nothing but that one is taken. A hub that was moved, backed up
and restored, or exported and imported as a whole keeps its key, and so do several hubs on one database.`,
  options: [
    HUB_OPTION,
    {
      flag: '--fingerprint <text>',
      description: 'Take only the key with this fingerprint, as `hub serve` has printed it.',
    },
  ],
  examples: ['auth trust-hub --hub http://127.0.0.1:1337 --json', 'auth trust-hub'],
  json: [
    'hub                   address of the hub',
    'fingerprint           sha256:… of the key by which it is known now; null: it shows none',
    'replaced_fingerprint  sha256:… of the key by which it was known; null: none',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const expected = call.flags.text('fingerprint')
    if (expected !== undefined && !FINGERPRINT.test(expected)) {
      throw coordError('FLAG_VALUE', '--fingerprint', quote(expected), 'sha256: and 64 hex digits')
    }
    const { trustHub } = await import('../../workspace/trust-hub.js')
    const result = await trustHub(await call.session(), expected)
    const { hub, fingerprint, replacedFingerprint } = result
    const what =
      fingerprint === null ? 'shows no key, and is known by its address alone' : `is known by ${fingerprint} now`
    const before =
      replacedFingerprint === null || replacedFingerprint === fingerprint
        ? ''
        : `\n   until now: ${replacedFingerprint}\n   a new hub knows no keys yet: muse-coord auth register --hub ${hub}`
    return { result, text: `✅ ${hub} ${what}${before}` }
  },
})
