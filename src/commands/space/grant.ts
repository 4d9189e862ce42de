import { coordError } from '../../base/errors.js'
import { isSpaceName } from '../../record/record.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

/** A handle from the command line. @throws `NAME_INVALID` */
export function readHandle(handle: string): string {
  if (!isSpaceName(handle)) throw coordError('NAME_INVALID', '<handle>', handle)
  return handle
}

export const spaceGrant = defineCommand({
  name: 'space grant',
  summary: 'Let somebody into a space.',
  moment: 'set_up',
  description: 'Gives a registered handle the right to read a space, or to read and write it. Only its owner may.',
  arguments: '<handle>',
  options: [...SYNC_OPTIONS, { flag: '--role <role>', description: 'read or write (default write).' }],
  examples: ['space grant ada --json', 'space grant ada --role read'],
  json: ['handle  who', 'role    read or write'],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const handle = readHandle(call.arguments[0])
    const role = call.flags.oneOf('role', ['read', 'write']) ?? 'write'
    const { setRole } = await import('../../workspace/space.js')
    const result = await setRole(await call.session(), handle, role)
    return { result, text: `✅ ${handle} may ${role === 'read' ? 'read' : 'read and write'}` }
  },
})
