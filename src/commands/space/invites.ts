import type { ListedInvitations } from '../../workspace/invitations.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'
import { table } from '../table.js'

/** Of an id, enough to name it by. */
const SHOWN_LETTERS = 12

export const spaceInvites = defineCommand({
  name: 'space invites',
  summary: 'List the invitations that can still be used.',
  moment: 'set_up',
  description: `Lists what \`space invite\` has given out and nobody has used up: into the space, for its owner alone, and of further machines of
your own. The lines themselves are told to nobody again. \`space uninvite\` takes one back.`,
  options: SYNC_OPTIONS,
  examples: ['space invites', 'space invites --json'],
  json: [
    'owner, slug  the space',
    'invitations  [{id, into, role, uses, expires_at}] the first to end first; into: space or device; role: null for a device; uses: how often it still serves',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { listInvitations } = await import('../../workspace/invitations.js')
    const result = await listInvitations(await call.session())
    return { result, text: textOf(result, call.output.columns) }
  },
})

function textOf({ invitations }: ListedInvitations, columns: number): string {
  if (invitations.length === 0) return 'There is no invitation that can still be used'
  const rows = invitations.map(({ id, into, role, uses, expiresAt }) => [
    id.slice(0, SHOWN_LETTERS),
    role === null ? into : `${into}, ${role}`,
    String(uses),
    expiresAt.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
  ])
  return table([['ID', 'INTO', 'USES LEFT', 'UNTIL'], ...rows], columns)
}
