import { coordError, defineCommand, namedRun, readRunId } from '../../src/plugin.js'
import { MAX_ATTEMPTS } from './attempts.js'
import type { NewTask } from './enqueue.js'

const MAX_PRIORITY = 1_000_000

export const enqueueCommand = defineCommand({
  name: 'enqueue',
  summary: 'Write a task that any run can claim.',
  moment: 'working',
  description: `Writes a task under .muse/coordination/tasks/. Tasks are claimed by priority, then age, then id; a task waits until those
in --after are completed. Other machines see it after \`sync push\` here and \`sync pull\` there.`,
  arguments: '<title>',
  options: [
    { flag: '--queue <name>', description: 'The queue it goes into (default "default").' },
    { flag: '--priority <n>', description: `Higher is claimed first, ±${MAX_PRIORITY} (default 0).` },
    { flag: '--payload <json>', description: 'What the worker needs, as JSON.' },
    { flag: '--tags <tag>', description: 'Words to find it by.', multiple: true },
    { flag: '--after <task>', description: 'Tasks that must be completed before.', multiple: true },
    {
      flag: '--max-attempts <n>',
      description: `How often it may be tried, ${MAX_ATTEMPTS} at most, before it counts as failed (default: no bound).`,
    },
    {
      flag: '--replaces <task>',
      description:
        'Withdraw that task of yours, or do it once more if it has ended, and have what waits for it wait for this; what is left out is as it was.',
    },
    { flag: '--resume', description: 'With --replaces: the run worked in another place before, and goes on here.' },
    { flag: '--offline', description: 'With --replaces: do not ask the hub.' },
    { flag: '--id <id>', description: 'Its id, refused when there is one already (default: a new uuid).' },
    { flag: '--run-id <id>', description: 'The run that enqueues it.' },
  ],
  examples: [
    `enqueue "Port the parser" --priority 5 --payload '{"file": "src/parser.ts"}' --json`,
    'enqueue "Run the tests" --after 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10',
    'enqueue "Release" --id release-1.4 --queue release --tags urgent ci',
  ],
  json: [
    'task_id         for `claim`, --after and the rest',
    'title, queue, priority, payload, tags, after, max_attempts, run_id, created_at  as written',
    'replaces        with --replaces: the task that it stands for',
    'status          pending: can be claimed now; waiting or blocked: by a task of --after',
  ],
  exitCodes: {
    0: 'written',
    1: 'bad arguments: a payload that is no JSON, a cycle in --after, an id that is taken',
    4: 'a task of --after or --replaces does not exist',
    6: 'with --replaces: another run is at that task, or it is somebody else’s',
  },
  async run(call) {
    const { flags } = call
    const [title] = call.arguments
    if (title.trim() === '') throw coordError('ARGUMENTS', 'The title of a task cannot be empty.')
    const given = {
      taskId: flags.text('id'),
      queue: flags.text('queue') || undefined,
      priority: flags.integer('priority', { min: -MAX_PRIORITY, max: MAX_PRIORITY }),
      payload: flags.json('payload'),
      tags: flags.text('tags') === undefined ? undefined : flags.list('tags'),
      after: flags.text('after') === undefined ? undefined : flags.list('after'),
      maxAttempts: flags.integer('max-attempts', { min: 1, max: MAX_ATTEMPTS }),
    }
    const said: Partial<NewTask> = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const session = await call.session()
    const replaced = flags.text('replaces')
    if (replaced !== undefined) {
      const runId = readRunId(call)
      const { replace } = await import('./withdraw.js')
      const request = {
        ...{ runId, task: replaced },
        ...{ isOffline: flags.on('offline'), resume: flags.on('resume') },
      }
      const task = await replace(session, request, { title, runId, ...said })
      return { result: task, text: `✅ Enqueued ${task.taskId} in ${task.queue}, in the place of ${task.replaces}` }
    }
    const { enqueue } = await import('./enqueue.js')
    const task = await enqueue(session, { title, runId: namedRun(call)?.runId ?? '', ...said })
    const waits = task.status === 'pending' ? '' : ` — ${task.status}, for ${task.after.join(', ')}`
    return {
      result: task,
      text: `✅ Enqueued ${task.taskId} in ${task.queue}${waits}`,
    }
  },
})
