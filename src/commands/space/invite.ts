import { MAX_INVITE_SECONDS, MAX_INVITE_USES } from '../../record/protocol.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

const DAY_SECONDS = 24 * 3600

export const spaceInvite = defineCommand({
  name: 'space invite',
  summary: 'Print the one line by which another machine joins.',
  moment: 'set_up',
  description: `Makes an invitation into the space, and the space where there is none, and prints the command that is typed on the other
machine. Whoever has the line gets in, so give it to nobody else. Only the space's owner may. The address in it is that of the hub as
this machine knows it; the other machine must reach it by that.`,
  options: [
    ...SYNC_OPTIONS,
    { flag: '--role <role>', description: 'read or write (default write).' },
    { flag: '--uses <n>', description: `How many may join by it, ${MAX_INVITE_USES} at most (default 1).` },
    { flag: '--for <time>', description: 'How long it serves: 2h, 7d; 30d at most (default 1d).' },
  ],
  examples: ['space invite', 'space invite --role read --uses 5 --for 7d --json'],
  json: [
    'line        the command for the other machine',
    'code        its secret part',
    'role        read or write',
    'uses        how often it serves',
    'expires_at  until when',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { flags } = call
    const role = flags.oneOf('role', ['read', 'write']) ?? 'write'
    const uses = flags.integer('uses', { min: 1, max: MAX_INVITE_USES }) ?? 1
    const expiresInSeconds = flags.duration('for', { min: 1, max: MAX_INVITE_SECONDS }) ?? DAY_SECONDS
    const { inviteToSpace } = await import('../../workspace/space.js')
    const result = await inviteToSpace(await call.session(), { role, uses, expiresInSeconds })
    const many = result.uses === 1 ? 'once' : `${result.uses} times`
    call.output.note(`On the other machine, in the repository (serves ${many}, until ${result.expiresAt}):`)
    return { result, text: result.line }
  },
})
