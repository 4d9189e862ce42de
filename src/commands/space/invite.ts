import { coordError } from '../../base/errors.js'
import { MAX_INVITE_SECONDS, MAX_INVITE_USES } from '../../record/protocol.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

const DAY_SECONDS = 24 * 3600

export const spaceInvite = defineCommand({
  name: 'space invite',
  summary: 'Print the one line by which another machine joins.',
  moment: 'set_up',
  description: `Makes an invitation into the space, and the space where there is none, and prints the command that is typed on the other
machine. Whoever has the line gets in, so give it to nobody else. Only the space's owner may. Where no hub is set and one of your own waits
for its first owner, you are made that first, as by \`join\` without a line. The address in it is that of the hub as
this machine knows it; the other machine must reach it by that.

With --device the line is for a further machine of your own: it signs under your handle, by a key of its own, wherever you may, so any member may
make one. It serves once. \`auth keys\` lists your machines, \`auth revoke\` takes one away.`,
  options: [
    ...SYNC_OPTIONS,
    { flag: '--device', description: 'For a further machine of your own, under your handle.' },
    { flag: '--role <role>', description: 'read or write (default write).' },
    { flag: '--uses <n>', description: `How many may join by it, ${MAX_INVITE_USES} at most (default 1).` },
    { flag: '--for <time>', description: 'How long it serves: 2h, 7d; 30d at most (default 1d).' },
  ],
  examples: ['space invite', 'space invite --device', 'space invite --role read --uses 5 --for 7d --json'],
  json: [
    'line        the command for the other machine',
    'code        its secret part',
    'role        read or write; not with --device',
    'uses        how often it serves; not with --device',
    'handle      with --device: the handle of the further key',
    'expires_at  until when',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { flags, output } = call
    const role = flags.oneOf('role', ['read', 'write'])
    const uses = flags.integer('uses', { min: 1, max: MAX_INVITE_USES })
    const seconds = flags.duration('for', { min: 1, max: MAX_INVITE_SECONDS }) ?? DAY_SECONDS
    const { inviteDevice, inviteToSpace } = await import('../../workspace/space.js')
    if (flags.on('device')) {
      if (role !== undefined || uses !== undefined) {
        throw coordError(
          'ARGUMENTS',
          '--device excludes --role and --uses: the machine may what its handle may, and joins once.',
        )
      }
      const result = await inviteDevice(await call.session(), seconds)
      const whose = `signs as ${result.handle}; serves once, until ${result.expiresAt}`
      output.note(`On your other machine, in the repository (${whose}):`)
      return { result, text: result.line }
    }
    const wish = { role: role ?? 'write', uses: uses ?? 1, expiresInSeconds: seconds }
    const session = await call.session()
    const { isForOwnHub, joinOwnHub } = await import('../../sync/join-own-hub.js')
    if (isForOwnHub(session)) {
      const { handle, owner, slug, hub } = await joinOwnHub(session)
      output.note(`✅ ${handle} is the first owner at ${hub}, of ${owner}/${slug}`)
    }
    const result = await inviteToSpace(session, wish)
    const many = result.uses === 1 ? 'once' : `${result.uses} times`
    output.note(`On the other machine, in the repository (serves ${many}, until ${result.expiresAt}):`)
    return { result, text: result.line }
  },
})
