import { type Command, defineCommands, findUnsent, readDuration, readRunId, startTimer } from '../../src/plugin.js'
import { EXIT_CODES } from '../reserving/verb-parts.js'
import { attentionOf } from '../status/attention.js'
import { readStatus } from '../status/read-status.js'
import { statusText } from '../status/status-text.js'

const DEFAULT_STUCK_SECONDS = 3600

const status: Command = {
  name: 'status',
  summary: 'Show who holds what until when, and what needs attention.',
  description: `Shows, what needs attention first, the runs, their reservations and tasks, and what is unsent; own records and those of the
last \`sync pull\`. A run is alive while its heartbeat counts or when it has written something lately; stuck when it beats and
holds something, but has written nothing else for --stuck-after; else gone.`,
  options: [
    { flag: '--run-id <id>', description: 'Only what is of this run.' },
    { flag: '--stuck-after <time>', description: 'Seconds, or a number with s, m, h, d or w (default 1h).' },
  ],
  examples: ['status --json', 'status --run-id agent-7', 'status --json | jq -r ".attention[].message"'],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'attention       [{what, message, command}], the most urgent first; what: run_gone, run_stuck, conflict,',
    '                  tasks_blocked, unreadable_files, unsent',
    'runs            [{run_id, state: alive|stuck|gone, last_beat_at, last_progress_at, reservations, claims}]',
    'reservations    [{reservation_id, run_id, branch, addresses, operation, until, origin}] active ones; until null: until',
    '                  it is released',
    'claims          [{task_id, title, run_id, until, origin}] tasks that somebody is at',
    'tasks           {pending, waiting, blocked, claimed, completed, failed} how many of each',
    'conflicts       as in `forecast`',
    'unsent          {total, kinds: [{kind, count}]}; null: this workspace syncs with no hub',
    'problems        [{path, reason}] files that hold no record',
  ],
  exitCodes: { ...EXIT_CODES, 0: 'shown' },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags, output } = call
    const runId = flags.text('run-id') === undefined ? null : readRunId(flags)
    const stuckAfterSeconds = readDuration(flags, 'stuck-after') ?? DEFAULT_STUCK_SECONDS
    const session = await call.session()
    const picture = readStatus(session.workspace, { runId, stuckAfterSeconds, unsent: await findUnsent(session) })
    const attention = attentionOf(picture)
    return {
      result: { schemaVersion: '1', durationMs: elapsedMs(), attention, ...picture },
      text: statusText(picture, attention, session.clock.now(), output.columns),
    }
  },
}

export default defineCommands(status)
