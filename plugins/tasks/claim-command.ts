import { defineCommand, RESUME_OPTION, RUN_ID_OPTION, readRunId, SYNC_OPTIONS } from '../../src/plugin.js'
import { readSeconds } from '../reserving/options.js'
import { OFFLINE_OPTION, TASK_EXIT_CODES } from './options.js'
import { claimedText } from './texts.js'

const DEFAULT_TTL_SECONDS = 3600

export const claimCommand = defineCommand({
  name: 'claim',
  summary: 'Take a task, so that no other run takes it.',
  moment: 'start',
  description: `Takes one task for a run: the named one; else the one that it has already ("resumed"); else, or with --another, the
first that can be had — highest priority, then oldest, then by id.
Exactly one run gets a task. With a hub configured it is asked first, after a pull; whoever loses a task goes on
to the next. The lease ends by itself after --ttl seconds; claiming the task again moves its end and says "renewed", and
\`run\` does that for as long as a command takes.

--offline claims without the hub: the claim is provisional until \`sync push\`. Should another run have the task by then, push names
it, the claim is marked as lost, and every verb of this run on this task ends with exit 7.`,
  arguments: '[task]',
  options: [
    RUN_ID_OPTION,
    RESUME_OPTION,
    { flag: '--queue <name>', description: 'Only from these queues.', multiple: true },
    {
      flag: '--ttl <time>',
      description: 'How long the lease lasts unless it is renewed: seconds, or 5m, 2h (default 1h).',
    },
    { flag: '--wait', description: 'Wait until there is something to claim.' },
    {
      flag: '--timeout <time>',
      description: 'With --wait: give up after so long, 90 or 5m, with exit 8 (default: never).',
    },
    { flag: '--another', description: 'A further task, also where the run has one already.' },
    {
      flag: '--take',
      description:
        'The named task, from a run that is gone; from one that is late at its end; as the owner of the space from any.',
    },
    OFFLINE_OPTION,
    ...SYNC_OPTIONS,
  ],
  examples: [
    'claim --run-id agent-7 --json',
    'claim --run-id agent-7 --queue release --wait --timeout 600 -j',
    'claim 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --run-id agent-7 --ttl 900',
    'claim --run-id agent-7 --offline',
    'claim 0b9d1c1e --run-id agent-7 --take',
  ],
  json: [
    'task_id, title, queue, priority, tags, payload  the task as it was enqueued',
    'attempts        [{run_id, status: returned|handed|taken|lapsed, taken_by, handed_to, note, reserved, claimed_at, ended_at, error, result}] what became of those who had it before',
    'run_id          who has it now',
    'claimed_at, expires_at  the lease; it ends by itself',
    'token           fencing number, higher than any before; null where no hub gave one',
    'renewed         the run had the task already, and its end has moved',
    'resumed         the run had it already when it asked for anything to do',
    'provisional     the hub was not asked (--offline)',
    'space           owner/slug of the space that granted it; null: this machine did',
  ],
  exitCodes: { ...TASK_EXIT_CODES, 0: 'claimed', 8: '--wait timed out', 130: 'interrupted; nothing is claimed' },
  async run(call) {
    const ttlSeconds = readSeconds(call.flags, 'ttl', DEFAULT_TTL_SECONDS)
    const timeoutSeconds = call.flags.duration('timeout', { min: 0 })
    const runId = readRunId(call)
    const { claim } = await import('./claim.js')
    const claimed = await claim(await call.session(), {
      ...{ runId, task: call.arguments[0], queues: call.flags.list('queue'), ttlSeconds, timeoutSeconds },
      ...{ wait: call.flags.on('wait'), isOffline: call.flags.on('offline'), resume: call.flags.on('resume') },
      ...{ another: call.flags.on('another'), take: call.flags.on('take') },
    })
    return { result: claimed, text: claimedText(claimed) }
  },
})
