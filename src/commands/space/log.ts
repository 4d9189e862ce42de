import type { SpaceLogEntry } from '../../hub-client/space-view.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'
import { table } from '../table.js'

const LIMIT = 50
const MAX_LIMIT = 1_000

export const spaceLog = defineCommand({
  name: 'space log',
  summary: 'Tell who did what to a space.',
  moment: 'set_up',
  description: `Tells who made a space, opened or closed it, let somebody in or out, invited or took an invitation back, fixed a rule, overrode or took back what others held, and whose keys
were rotated or revoked, the latest first. The hub keeps the last thousand of a space. Only its owner may see it.`,
  options: [
    ...SYNC_OPTIONS,
    { flag: '--limit <n>', description: `At most so many, 1-${MAX_LIMIT} (default ${LIMIT}).` },
  ],
  examples: ['space log --json', 'space log --limit 5'],
  json: [
    'entries   [{id, at, actor, action, subject, detail}] latest first; actor "" is the operator of the hub',
    'has_more  whether the hub has kept more',
  ],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const limit = call.flags.integer('limit', { min: 1, max: MAX_LIMIT }) ?? LIMIT
    const { readSpaceLog } = await import('../../workspace/space.js')
    const result = await readSpaceLog(await call.session(), limit)
    return { result, text: logText(result.entries, call.output.columns) }
  },
})

function logText(entries: readonly SpaceLogEntry[], columns: number): string {
  if (entries.length === 0) return 'Nothing was done to this space that its hub has noted'
  const rows = entries.map(({ at, actor, action, subject, detail }) => [
    at.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    actor || '(operator)',
    action.replaceAll('_', ' '),
    subject,
    detail,
  ])
  return table([['WHEN', 'WHO', 'WHAT', 'OF', 'NOW OR BEFORE'], ...rows], columns)
}
