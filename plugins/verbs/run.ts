import {
  asCoordError,
  type Command,
  coordError,
  defineCommands,
  readRunId,
  SYNC_OPTIONS,
  startTimer,
} from '../../src/plugin.js'
import { readAddresses } from '../addresses/read-addresses.js'
import { RUN_ID_OPTION, readSeconds } from '../reserving/verb-parts.js'
import type { Guarded } from '../run/guard-command.js'
import type { CommandEnd, Hold, HoldEnd } from '../run/hold.js'
import { holdReservation } from '../run/reservation-hold.js'
import { holdTask } from '../run/task-hold.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from '../tasks/claimer.js'

const DEFAULT_TTL_SECONDS = 300
const DEFAULT_GRACE_SECONDS = 10

const run: Command = {
  name: 'run',
  summary: 'Run a command that holds a task or addresses for as long as it takes.',
  description: `Claims the task, or reserves the addresses, then runs the command and renews what it holds at every third of --ttl; one
missed beat does no harm. The command finds MUSE_COORD_RUN_ID, MUSE_COORD_TASK_ID, MUSE_COORD_TOKEN (where a hub gave one) and
MUSE_COORD_RESERVATION_ID in its environment; SIGINT, SIGTERM and SIGHUP are passed on to it.

When it ends with 0, the task is completed; with another code it has failed for good, or with --retry is given back; a command that
was interrupted, or could not be started, gives it back. Reservations are released. When what it holds is lost to another run, the
command gets SIGTERM, after --grace seconds SIGKILL, and the exit code is 7.

With --json the command's standard output goes to standard error, so that the document stands alone.`,
  takesRest: true,
  options: [
    RUN_ID_OPTION,
    { flag: '--task <id>', description: 'The task to claim.' },
    { flag: '--reserve <address>', description: 'Addresses to reserve.', multiple: true },
    { flag: '--deny', description: 'With --reserve: refuse when another run holds any of it (exit 6).' },
    {
      flag: '--ttl <seconds>',
      description: `Length of the lease, renewed at every third (default ${DEFAULT_TTL_SECONDS}).`,
    },
    { flag: '--grace <seconds>', description: `From SIGTERM to SIGKILL (default ${DEFAULT_GRACE_SECONDS}).` },
    { flag: '--retry', description: 'Give the task back when the command fails.' },
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    'run --task 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 -- npm test',
    'run --reserve "src/**" --deny --run-id agent-7 -- ./refactor.sh',
    'run --task 0b9d1c1e --reserve src/parser.ts --run-id agent-7 --ttl 60 --retry --json -- make',
  ],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number',
    'exit_code       of the command; 128 and the number of the signal that ended it',
    'signal          the name of that signal; null',
    'lost            what it held was lost',
    'missed_beats    renewals that did not come through',
    'holds           [{task_id, token, status: completed|failed|returned|lost|ended by the command, provisional} |',
    '                  {reservation_id, status: released|already_released}]',
  ],
  exitCodes: {
    ...TASK_EXIT_CODES,
    0: 'the command ended with 0; any other code of its own is passed on',
    1: 'bad arguments, no identity, the hub failed, or the command could not be started',
    6: 'another run holds it; the command was not started',
    7: 'what it held was lost to another run, and the command was ended',
    128: 'and the number of the signal that ended the command',
  },
  async run(call) {
    const elapsedMs = startTimer()
    const { flags, rest, output, directory, env } = call
    if (rest.length === 0) throw coordError('ARGUMENTS', 'The command is missing: it stands after --.')
    if (call.arguments.length > 0) throw coordError('ARGUMENTS', 'The command stands after --.')
    const runId = readRunId(flags)
    const task = flags.text('task')
    const wantsAddresses = flags.on('reserve')
    if (!task && !wantsAddresses) throw coordError('FLAG_MISSING', '--task or --reserve')
    const ttlSeconds = readSeconds(flags, 'ttl', DEFAULT_TTL_SECONDS)
    const graceSeconds = flags.integer('grace', { min: 0, max: 3600 }) ?? DEFAULT_GRACE_SECONDS

    // Imported only now: no other command starts processes.
    const { guardCommand } = await import('../run/guard-command.js')
    const holds: Hold[] = []
    let guarded: Guarded
    try {
      if (wantsAddresses) {
        const workspace = (await call.session()).workspace
        const addresses = readAddresses({ arguments: flags.words('reserve'), directory }, workspace)
        const onConflict = (sentence: string) => output.note(`⚠️  ${sentence}`)
        holds.push(
          await holdReservation(workspace, { addresses, runId, ttlSeconds, deny: flags.on('deny'), onConflict }),
        )
      }
      if (task)
        holds.push(
          await holdTask(await call.session(), {
            runId,
            task,
            ttlSeconds,
            retry: flags.on('retry'),
            isOffline: flags.on('offline'),
          }),
        )
      // What an outer `run` holds is not what this command runs under.
      const none = { MUSE_COORD_TASK_ID: undefined, MUSE_COORD_TOKEN: undefined, MUSE_COORD_RESERVATION_ID: undefined }
      const environment = Object.assign({}, env, none, ...holds.map((hold) => hold.environment))
      guarded = await guardCommand(call, { command: rest, directory, environment, holds, ttlSeconds, graceSeconds })
    } catch (error) {
      await endAll(holds, { how: 'not_started' }).catch((end: unknown) =>
        output.note(`⚠️  ${asCoordError(end).message}`),
      )
      throw error
    }
    const ended = await endAll(holds, guarded.end)
    const isLost = guarded.end.how === 'lost' || ended.some((one) => one.isLost)
    const exitCode = isLost ? 7 : guarded.exitCode
    if (!output.json) {
      // Standard output is the command's.
      for (const { text } of ended) output.note(text)
      return { exitCode }
    }
    const result = {
      schemaVersion: '1',
      durationMs: elapsedMs(),
      exitCode: guarded.exitCode,
      signal: guarded.signal,
      lost: isLost,
      missedBeats: guarded.missedBeats,
      holds: ended.map(({ report }) => report),
    }
    return { result, exitCode }
  },
}

/** The last one taken ends first. One that cannot be ended keeps the others from nothing; its error is thrown after them. */
async function endAll(holds: readonly Hold[], end: CommandEnd): Promise<HoldEnd[]> {
  const ended: HoldEnd[] = []
  const failures: unknown[] = []
  for (const hold of holds.toReversed()) {
    await hold.end(end).then(
      (one) => ended.push(one),
      (error: unknown) => failures.push(error),
    )
  }
  if (failures.length > 0) throw failures[0]
  return ended
}

export default defineCommands(run)
