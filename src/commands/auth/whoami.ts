import { allIdentities, type KnownIdentity, whoami } from '../../auth/whoami.js'
import { CoordError } from '../../base/errors.js'
import type { HubUrl } from '../../record/hub-url.js'
import { resolveHub } from '../../workspace/target.js'
import type { Command } from '../command.js'
import { HUB_OPTION } from '../sync/options.js'
import { table } from '../table.js'

export const authWhoami: Command = {
  name: 'auth whoami',
  summary: 'Show who signs at a hub, or at all hubs.',
  description: `Shows the identity for the hub, after a check that its key can be used. Where no hub is given or configured
it lists the identities for all hubs.`,
  options: [HUB_OPTION],
  examples: ['auth whoami --hub http://127.0.0.1:1337 --json', 'auth whoami'],
  json: [
    'host         the hub; with handle, type, fingerprint and key_path',
    'identities   instead, where no hub is known: a list of the same, `problem` telling why one cannot be used',
  ],
  exitCodes: { 0: 'shown', 1: 'no identity for this hub, or one that cannot be used' },
  async run({ flags, env, directory, output }) {
    const hub = hubOrNull(() => resolveHub({ hub: flags.text('hub'), env, directory }))
    if (hub === null) {
      const identities = allIdentities(env)
      return { result: { identities }, text: listText(identities, output.columns) }
    }
    const result = whoami(env, hub)
    return {
      result,
      text: `${result.handle} (${result.type}) at ${result.host}\n   fingerprint: ${result.fingerprint}`,
    }
  },
}

function hubOrNull(resolve: () => HubUrl): HubUrl | null {
  try {
    return resolve()
  } catch (error) {
    if (error instanceof CoordError && error.code === 'HUB_URL_MISSING') return null
    throw error
  }
}

function listText(identities: readonly KnownIdentity[], columns: number): string {
  if (identities.length === 0) return 'There is no identity yet: muse-coord auth keygen --hub URL --handle NAME'
  const rows = identities.map((identity) =>
    identity.problem === null
      ? [identity.host, identity.handle, identity.type, identity.fingerprint]
      : [identity.host, '', '', identity.problem],
  )
  return table([['HOST', 'HANDLE', 'TYPE', 'FINGERPRINT'], ...rows], columns)
}
