import { type Command, defineCommands, openLeases, SYNC_OPTIONS, startTimer, waitUntil } from '../../src/plugin.js'
import { readTimeout } from '../tasks/timeout.js'
import { lookAt } from '../waiting/awaited.js'

/** Whatever can end a task or a reservation. */
const KINDS = ['task', 'claim', 'reservation', 'release', 'heartbeat']

const wait: Command = {
  name: 'wait',
  summary: 'Wait until tasks are finished or reservations are free.',
  description: `Waits for one or more tasks (until each is completed or failed) and reservations (until each is released or has lapsed).
Local news is heard from the file system as it happens; with a hub configured, what other machines push is fetched as the hub
tells it. To wait for something to claim, use \`claim --wait\`.`,
  arguments: '<id...>',
  options: [
    { flag: '--timeout <seconds>', description: 'Give up after so long, with exit 8 (default: never).' },
    { flag: '--offline', description: 'Do not ask the hub: only what is written here counts.' },
    ...SYNC_OPTIONS,
  ],
  examples: [
    'wait 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --timeout 600 --json',
    'wait build-1 test-1 && muse-coord claim deploy-1 --run-id agent-7',
  ],
  json: [
    'schema_version  "1"',
    'duration_ms     milliseconds, a number: how long it took',
    'ended           [{id, kind: task|reservation, status: completed|failed|released|lapsed, run_id, result, error}]',
  ],
  exitCodes: {
    0: 'all of them have ended; status tells how',
    1: 'bad arguments, or the hub cannot be used',
    2: 'not inside a Muse repository',
    3: 'a fault of this program',
    4: 'there is no such task or reservation, or the task waits for one that failed',
    8: 'timed out',
    130: 'interrupted',
  },
  async run(call) {
    const elapsedMs = startTimer()
    const timeoutSeconds = readTimeout(call.flags)
    const session = await call.session()
    const { workspace } = session
    const leases = await openLeases(session, { isOffline: call.flags.on('offline'), isReader: true })
    await leases.refresh()
    const options = { kinds: KINDS, what: `The end of ${call.arguments.join(' and ')}`, timeoutSeconds }
    const ended = await waitUntil(session, leases, options, async () => {
      const progress = lookAt(workspace, call.arguments)
      return 'ended' in progress ? { found: progress.ended } : progress
    })
    const lines = ended.map(
      ({ id, kind, status, runId }) => `✅ The ${kind} ${id} is ${status}${runId && ` (${runId})`}`,
    )
    return { result: { schemaVersion: '1', durationMs: elapsedMs(), ended }, text: lines.join('\n') }
  },
}

export default defineCommands(wait)
