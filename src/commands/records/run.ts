import { coordError } from '../../base/errors.js'
import { HOLDER, holdersOf } from '../../sync/running/holder.js'
import { longName } from '../argv.js'
import { type CommandOption, defineCommand } from '../command.js'
import type { Flags } from '../flags.js'
import { RESUME_OPTION, RUN_ID_OPTION, readRunId } from '../run-id.js'
import { SYNC_OPTIONS } from '../sync/options.js'

const DEFAULT_TTL_SECONDS = 300
const DEFAULT_GRACE_SECONDS = 10
const YEAR_SECONDS = 365 * 24 * 3600

export const run = defineCommand({
  name: 'run',
  summary: 'Run a command that holds a task, addresses or a lease for as long as it takes.',
  moment: 'working',
  description: `Claims the task, reserves the addresses, acquires the lease, then runs the command and renews what it holds at every third
of --ttl; one missed beat does no harm. The command finds MUSE_COORD_RUN_ID, MUSE_COORD_TASK_ID, MUSE_COORD_TOKEN (where a hub gave
one) and MUSE_COORD_RESERVATION_ID in its environment; SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it. A run that held nothing before
finds MUSE_COORD_PID too: whatever else the command takes for it is given back by whoever looks after \`run\` has ended.

When it ends with 0, the task is completed; with another code it has failed for good, or with --retry is given back; a command that
was interrupted, or could not be started, gives it back. Everything else is given back. When what it holds is lost to another run,
the command gets SIGTERM, after --grace seconds SIGKILL, and the exit code is 7. So it does where \`run\` itself is killed: nobody would
renew what it holds (not on Windows, where it goes on).

With --json the command's standard output goes to standard error, so that the document stands alone.`,
  takesRest: true,
  partsToken: HOLDER,
  options: [
    RUN_ID_OPTION,
    { flag: '--hold <kind/id>', description: 'A lease of any kind to hold: lock/deploy.', multiple: true },
    { flag: '--deny', description: 'With --reserve: refuse when another run holds any of it (exit 6).' },
    {
      flag: '--ttl <time>',
      description: 'Length of the lease, renewed at every third: seconds, or 5m, 2h (default 5m).',
    },
    { flag: '--grace <time>', description: 'From SIGTERM to SIGKILL (default 10s).' },
    { flag: '--retry', description: 'Give the task back when the command fails.' },
    RESUME_OPTION,
    {
      flag: '--offline',
      description: 'Do not ask the hub: provisional until `sync push` finds whether another run has it.',
    },
    ...SYNC_OPTIONS,
  ],
  examples: [
    'run --task 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 -- npm test',
    'run --reserve "src/**" --deny --run-id agent-7 -- ./refactor.sh',
    'run --task 0b9d1c1e --reserve src/parser.ts --run-id agent-7 --ttl 60 --retry --json -- make',
    'run --hold lock/deploy --plugin ./lock.js --run-id agent-7 -- ./deploy.sh',
  ],
  json: [
    'exit_code       of the command; 128 and the number of the signal that ended it',
    'signal          the name of that signal; null',
    'lost            what it held was lost',
    'missed_beats    renewals that did not come through',
    'holds           [{task_id, token, status: completed|failed|returned|lost|ended by the command, provisional} |',
    '                  {reservation_id, status: released|already_released} |',
    '                  {kind, record_id, token, status: released|lost, provisional}]',
  ],
  exitCodes: {
    0: 'the command ended with 0; any other code of its own is passed on',
    1: 'bad arguments, no identity, the hub failed, or the command could not be started',
    4: 'there is no such task',
    6: 'another run holds it, or bears the name of this one (--resume); the command was not started',
    7: 'what it held was lost to another run, and the command was ended',
    128: 'and the number of the signal that ended the command',
  },
  async run(call) {
    const { flags, rest: command, output, takeSignals } = call
    if (command.length === 0) throw coordError('ARGUMENTS', 'The command is missing: it stands after --.')
    if (call.arguments.length > 0) throw coordError('ARGUMENTS', 'The command stands after --.')
    const runId = readRunId(call)
    const ttlSeconds = flags.duration('ttl', { min: 1, max: YEAR_SECONDS }) ?? DEFAULT_TTL_SECONDS
    const graceSeconds = flags.duration('grace', { min: 0, max: 3600 }) ?? DEFAULT_GRACE_SECONDS
    const { parseHold, run } = await import('../../sync/running/run.js')
    const session = await call.session()
    const named = holdersOf(session).flatMap(({ kind, option }) => (option === undefined ? [] : [{ kind, option }]))
    const holds = [
      ...named.map(({ kind, option }) => ({ kind, what: wordsOf(call, option) })).filter(({ what }) => what.length > 0),
      ...flags.words('hold').map(parseHold),
    ]
    if (holds.length === 0)
      throw coordError('FLAG_MISSING', [...named.map(({ option }) => longName(option)), '--hold'].join(' or '))
    const { ended, ...result } = await run(session, {
      ...{ holds, command, runId, ttlSeconds, graceSeconds, takeSignals },
      ...{ deny: flags.on('deny'), retry: flags.on('retry'), isOffline: flags.on('offline') },
      resume: flags.on('resume'),
      stdoutTo: output.json ? 'stderr' : 'stdout',
    })
    const exitCode = result.lost ? 7 : result.exitCode
    if (!output.json) {
      // Standard output is the command's.
      for (const { text } of ended) output.note(text)
      return { exitCode }
    }
    const holdsEnded = ended.map(({ report }) => report)
    return { result: { ...result, holds: holdsEnded }, exitCode }
  },
})

/** What was given for the flag of a holder, which is declared by its kind's plugin. */
function wordsOf({ flags }: { readonly flags: unknown }, option: CommandOption): readonly string[] {
  const words = (flags as Flags).words(longName(option).slice(2)).filter((word) => word !== '')
  return option.multiple ? words : words.slice(-1)
}
