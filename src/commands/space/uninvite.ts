import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

export const spaceUninvite = defineCommand({
  name: 'space uninvite',
  summary: 'Take an invitation back.',
  moment: 'set_up',
  takesAway: true,
  description: `Nobody joins by its line any more. Who has joined by it stays: \`space revoke\` takes a member out, \`auth revoke\` a further
machine of your own.`,
  arguments: '<invitation>',
  options: SYNC_OPTIONS,
  examples: ['space uninvite 3f9c1a2b3c4d', 'space uninvite 3f9c1a2b3c4d --json'],
  json: ['id, into, role, uses, expires_at  of the one that was taken back, as in `space invites`'],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const [which = ''] = call.arguments
    const { takeInvitationBack } = await import('../../workspace/invitations.js')
    const result = await takeInvitationBack(await call.session(), which)
    const what = result.into === 'space' ? 'into the space' : 'of a further machine'
    return { result, text: `✅ The invitation ${what} ${result.id.slice(0, 12)} serves nobody any more` }
  },
})
