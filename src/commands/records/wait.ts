import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION } from '../max-age.js'
import { namedRun, RUN_ID_OPTION } from '../run-id.js'
import { SYNC_OPTIONS } from '../sync/options.js'

export const wait = defineCommand({
  name: 'wait',
  summary: 'Wait until tasks are finished, or what is held is free.',
  moment: 'held',
  description: `Waits for one or more records of any kind: tasks (until each is completed or failed), reservations (until each is released
or has lapsed), leases. They are named by their ids, or by what others hold: src/a.ts, from the
working directory, ends when nobody has any of it that had when the wait began. Local changes are heard of from the file system
as it happens; with a hub configured, what other machines push is fetched as the hub tells it. What a run of this machine held whose
process has ended is given back within seconds. To wait for something to claim, use \`claim --wait\`.`,
  arguments: '<id...>',
  options: [
    { ...RUN_ID_OPTION, description: 'The run that waits: what it holds itself does not count.' },
    { flag: '--timeout <time>', description: 'Give up after so long, 90 or 5m, with exit 8 (default: never).' },
    { flag: '--offline', description: 'Do not ask the hub: only what is written here counts.' },
    MAX_AGE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    'wait 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --timeout 600 --json',
    'wait build-1 test-1 && muse-coord claim deploy-1 --run-id agent-7',
    'wait src/parser.ts && muse-coord reserve src/parser.ts --deny --run-id agent-7',
  ],
  json: ['ended           [{id, kind, status: completed|failed|released|lapsed|finished, run_id, result, error}]'],
  exitCodes: {
    0: 'all of them have ended, or nobody holds it; status tells how',
    1: 'bad arguments, or the hub cannot be used',
    4: 'there is no such record, or a task waits for one that failed',
    8: 'timed out',
  },
  async run(call) {
    const timeoutSeconds = call.flags.duration('timeout', { min: 0 })
    const { wait } = await import('../../sync/waiting/wait.js')
    const ended = await wait(await call.session(), {
      ids: call.arguments,
      timeoutSeconds,
      runId: namedRun(call)?.runId ?? null,
      isOffline: call.flags.on('offline'),
    })
    const lines = ended.map(
      ({ id, kind, status, runId }) => `✅ The ${kind} ${id} is ${status}${runId && ` (${runId})`}`,
    )
    return { result: { ended }, text: lines.join('\n') || `✅ Nobody holds ${call.arguments.join(' ')}` }
  },
})
