import { oneLine } from '../../base/printable.js'
import type { ShownEvent } from '../../workspace/log.js'
import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION } from '../max-age.js'
import { KINDS_OPTION } from '../sync/options.js'

export const log = defineCommand({
  name: 'log',
  summary: 'Show what happened, newest last.',
  moment: 'look',
  description: `Shows the records of this workspace, its own and those that a pull brought, in the order in which they came. Of a register
(a heartbeat) or a lease (a claim) it shows how it stands now. With --follow it goes on as records come, until Ctrl-C; run
\`sync watch\` beside it for what other machines write.`,
  options: [
    { flag: '-f, --follow', description: 'Go on as records come; with --json one object a line.' },
    { flag: '--limit <n>', description: 'The newest so many (default 50).' },
    { flag: '--run-id <id>', description: 'Only of these runs.', multiple: true },
    KINDS_OPTION,
    MAX_AGE_OPTION,
  ],
  examples: ['log --json', 'log --follow --kinds claim release', 'log --run-id agent-7 --limit 200'],
  json: [
    'count           events that match, shown or not',
    'events          [{at, kind, record_id, run_id, origin: local|remote, author, summary}], newest last',
    'with --follow   one such event a line instead of a document',
  ],
  exitCodes: {
    0: 'shown; with --follow: ended by Ctrl-C',
    1: 'bad arguments, an unknown kind',
  },
  async run({ flags, output, session }) {
    const limit = flags.integer('limit', { min: 1 })
    const [kinds, runIds] = [flags.list('kinds'), flags.list('run-id')]
    const { followLog, log } = await import('../../workspace/log.js')
    if (flags.on('follow')) {
      await followLog(await session(), { kinds, runIds, limit }, (event) => output.emit(event, line(event)))
      return {}
    }
    const result = log(await session(), { kinds, runIds, limit })
    return { result, text: () => result.events.map(line).join('\n') || '(nothing has happened yet)' }
  },
})

function line({ at, kind, runId, recordId, summary, author }: ShownEvent): string {
  const who = author === null ? runId : `${runId} (${author})`
  return oneLine(`${new Date(at).toISOString()}  ${kind}  ${who}  ${recordId}  ${summary}`).trimEnd()
}
