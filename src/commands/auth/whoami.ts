import type { KnownIdentity } from '../../auth/whoami.js'
import { defineCommand } from '../command.js'
import { HUB_OPTION } from '../sync/options.js'
import { table } from '../table.js'

export const authWhoami = defineCommand({
  name: 'auth whoami',
  summary: 'Show who signs at a hub, or at all hubs.',
  moment: 'set_up',
  description: `Shows the identity for the hub, after a check that its key can be used. Where no hub is given or configured
it lists the identities for all hubs.`,
  options: [HUB_OPTION],
  examples: ['auth whoami --hub http://127.0.0.1:1337 --json', 'auth whoami'],
  json: [
    'host         the hub; with handle, type, fingerprint and key_path',
    'identities   instead, where no hub is known: a list of the same, `problem` telling why one cannot be used',
  ],
  exitCodes: { 0: 'shown', 1: 'no identity for this hub, or one that cannot be used' },
  async run(call) {
    const { showIdentity } = await import('../../workspace/identities.js')
    const result = showIdentity(await call.session())
    if ('identities' in result) return { result, text: listText(result.identities, call.output.columns) }
    const { handle, type, host, fingerprint } = result
    return { result, text: `${handle} (${type}) at ${host}\n   fingerprint: ${fingerprint}` }
  },
})

function listText(identities: readonly KnownIdentity[], columns: number): string {
  if (identities.length === 0) return 'There is no identity yet: muse-coord auth keygen --hub URL --handle NAME'
  const rows = identities.map((identity) =>
    identity.problem === null
      ? [identity.host, identity.handle, identity.type, identity.fingerprint]
      : [identity.host, '', '', identity.problem],
  )
  return table([['HOST', 'HANDLE', 'TYPE', 'FINGERPRINT'], ...rows], columns)
}
