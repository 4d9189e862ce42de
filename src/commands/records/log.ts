import { CoordError } from '../../base/errors.js'
import { startTimer } from '../../base/timer.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { LoggedEvent } from '../../workspace/events.js'
import type { Workspace } from '../../workspace/workspace.js'
import type { Command, CommandCall } from '../command.js'
import { KINDS_OPTION } from '../sync/options.js'
import { oneLine } from '../terminal.js'

const DEFAULT_LIMIT = 50
/** Some file systems tell nobody of a change, so it is looked at now and then. */
const LOOK_MILLISECONDS = 2000

export const log: Command = {
  name: 'log',
  summary: 'Show what happened, newest last.',
  description: `Shows the records of this workspace, its own and those that a pull brought, in the order in which they came. Of a register
(a heartbeat) or a lease (a claim) it shows how it stands now. With --follow it goes on as records come, until Ctrl-C; run
\`sync watch\` beside it for the news of other machines.`,
  options: [
    { flag: '-f, --follow', description: 'Go on as records come; with --json one object a line.' },
    { flag: '--limit <n>', description: `The newest so many (default ${DEFAULT_LIMIT}).` },
    { flag: '--run-id <id>', description: 'Only of these runs.', multiple: true },
    KINDS_OPTION,
  ],
  examples: ['log --json', 'log --follow --kinds claim release', 'log --run-id agent-7 --limit 200'],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'count           events that match, shown or not',
    'events          [{at, kind, record_id, run_id, origin: local|remote, author, summary}], newest last',
    'with --follow   one such event a line instead of a document',
  ],
  exitCodes: {
    0: 'shown; with --follow: ended by Ctrl-C',
    1: 'bad arguments, an unknown kind',
    2: 'not inside a Muse repository',
    3: 'a fault of this program',
  },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags } = call
    const limit = flags.integer('limit', { min: 1 }) ?? DEFAULT_LIMIT
    const workspace = (await call.session()).workspace
    const kinds = workspace.registry.select(flags.list('kinds'))
    const { readEvents } = await import('../../workspace/events.js')
    const read = () => readEvents(workspace.view, kinds, flags.list('run-id'))
    const events = read()
    const shown = events.slice(-limit)
    if (flags.on('follow')) {
      for (const event of shown) emit(call, event)
      await follow(call, workspace, read, events)
      return {}
    }
    return {
      result: { schemaVersion: '1', durationMs: elapsedMs(), count: events.length, events: shown.map(dated) },
      text: shown.map(line).join('\n') || '(nothing has happened yet)',
    }
  },
}

async function follow(
  call: CommandCall,
  workspace: Workspace,
  read: () => readonly LoggedEvent[],
  before: readonly LoggedEvent[],
): Promise<void> {
  const { LocalNews } = await import('../../workspace/local-news.js')
  const news = new LocalNews(workspace.repo, workspace.registry.all)
  let known = new Map(before.map((event) => [keyOf(event), stampOf(event)]))
  try {
    for (;;) {
      const events = read()
      for (const event of events) if (known.get(keyOf(event)) !== stampOf(event)) emit(call, event)
      known = new Map(events.map((event) => [keyOf(event), stampOf(event)]))
      await news.next(LOOK_MILLISECONDS, call.signal)
    }
  } catch (error) {
    // To be interrupted is how it ends.
    if (!(error instanceof CoordError) || error.status !== 'interrupted') throw error
  } finally {
    news.close()
  }
}

function emit(call: CommandCall, event: LoggedEvent): void {
  call.output.emit(dated(event), line(event))
}

function dated(event: LoggedEvent): object {
  return { ...event, at: formatTimestamp(event.at) }
}

function line({ at, kind, runId, recordId, summary, author }: LoggedEvent): string {
  const who = author === null ? runId : `${runId} (${author})`
  return oneLine(`${new Date(at).toISOString()}  ${kind}  ${who}  ${recordId}  ${summary}`).trimEnd()
}

function keyOf({ kind, recordId }: LoggedEvent): string {
  return `${kind}/${recordId}`
}

/** An own record that comes back from the hub is no news; another content is. */
function stampOf({ runId, summary, origin, at }: LoggedEvent): string {
  return `${runId}\n${summary}\n${origin === 'local' ? at : ''}`
}
