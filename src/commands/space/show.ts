import type { SpaceView } from '../../hub-client/space-view.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

export const SPACE_JSON: readonly string[] = [
  'owner, slug  names of the space',
  'visibility   private or public',
  'members      [{handle, role: read|write}], for the owner and the members only',
]

export const spaceShow = defineCommand({
  name: 'space show',
  summary: 'Show who may read and write a space.',
  moment: 'set_up',
  description: 'Shows a space as its hub has it: its visibility, and to its owner and members who else is in it.',
  options: SYNC_OPTIONS,
  examples: ['space show --json', 'space show --owner gabriel --slug myrepo'],
  json: SPACE_JSON,
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const { showSpace } = await import('../../workspace/space.js')
    const result = await showSpace(await call.session())
    return { result, text: spaceText(result) }
  },
})

/** A space in a few lines. */
export function spaceText({ owner, slug, visibility, members }: SpaceView): string {
  const lines = (members ?? []).map(({ handle, role }) => `   ${handle}: ${role}`)
  return [`${owner}/${slug} is ${visibility}`, ...lines].join('\n')
}
