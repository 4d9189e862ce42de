import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'
import { readHandle } from './grant.js'

export const spaceRevoke = defineCommand({
  name: 'space revoke',
  summary: 'Take somebody out of a space.',
  moment: 'set_up',
  takesAway: true,
  description: 'Takes a member out of a space. What that member pushed stays. Only the owner of the space may.',
  arguments: '<handle>',
  options: SYNC_OPTIONS,
  examples: ['space revoke ada --json'],
  json: ['handle  who', 'role    null'],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const handle = readHandle(call.arguments[0])
    const { setRole } = await import('../../workspace/space.js')
    const result = await setRole(await call.session(), handle, null)
    return { result, text: `✅ ${handle} is no member any more` }
  },
})
