import type { KnownIdentity } from '../../auth/whoami.js'
import { coordError } from '../../base/errors.js'
import type { UsageView } from '../../hub-client/space-view.js'
import { defineCommand } from '../command.js'
import { mebibytes } from '../mebibytes.js'
import { HUB_OPTION } from '../sync/options.js'
import { table } from '../table.js'

export const authWhoami = defineCommand({
  name: 'auth whoami',
  summary: 'Show who signs at a hub, or at all hubs.',
  moment: 'set_up',
  description: `Shows the identity for the hub, after a check that its key can be used. Where no hub is given or configured
it lists the identities for all hubs. With --usage it asks the hub how many spaces and records the handle has there, and how many it may have.`,
  options: [HUB_OPTION, { flag: '--usage', description: 'Ask the hub how much the handle has there.' }],
  examples: ['auth whoami --hub http://127.0.0.1:1337 --json', 'auth whoami', 'auth whoami --usage'],
  json: [
    'host         the hub; with handle, type, fingerprint and key_path',
    'usage        with --usage: {handle, spaces, max_spaces, records, max_records, bytes, max_bytes}',
    'identities   instead, where no hub is known: a list of the same, `problem` telling why one cannot be used',
  ],
  exitCodes: { 0: 'shown', 1: 'no identity for this hub, or one that cannot be used' },
  async run(call) {
    const { readUsage, showIdentity } = await import('../../workspace/identities.js')
    const session = await call.session()
    const asksUsage = call.flags.on('usage')
    const result = showIdentity(session)
    if ('identities' in result && asksUsage) throw coordError('HUB_URL_MISSING')
    if ('identities' in result) return { result, text: listText(result.identities, call.output.columns) }
    const { handle, type, host, fingerprint } = result
    const text = `${handle} (${type}) at ${host}\n   fingerprint: ${fingerprint}`
    if (!asksUsage) return { result, text }
    const usage = await readUsage(session)
    return { result: { ...result, usage }, text: `${text}\n${usageText(usage)}` }
  },
})

function usageText({ spaces, maxSpaces, records, maxRecords, bytes, maxBytes }: UsageView): string {
  return `   spaces:  ${spaces} of ${maxSpaces}\n   records: ${records} of ${maxRecords}, ${mebibytes(bytes)} of ${mebibytes(maxBytes)}`
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
