import { defineCommand, MAX_AGE_OPTION } from '../../src/plugin.js'
import { tasksText } from './texts.js'

export const tasksCommand = defineCommand({
  name: 'tasks',
  summary: 'List tasks and what became of them.',
  moment: 'look',
  description: `Lists the tasks of this workspace, its own and those that a pull brought, in the order in which they are claimed. Unless
--status asks for them, finished ones are left out after a day. Filters work together; each takes several values.`,
  options: [
    {
      flag: '--status <status>',
      description: 'pending (can be claimed), waiting, blocked, claimed, completed, failed, withdrawn.',
      multiple: true,
    },
    { flag: '--queue <name>', description: 'Only from these queues.', multiple: true },
    { flag: '--run-id <id>', description: 'Only tasks that these runs claimed last.', multiple: true },
    { flag: '--tag <tag>', description: 'Only tasks that bear one of these tags.', multiple: true },
    { flag: '--limit <n>', description: 'The first so many.' },
    MAX_AGE_OPTION,
  ],
  examples: [
    'tasks --status pending --json',
    'tasks --run-id agent-7 --status claimed',
    'tasks --queue release --limit 20',
  ],
  json: [
    'count           tasks that match, listed or not',
    'tasks           [{task_id, title, queue, priority, tags, after, run_id, created_at, payload,',
    '                  status, waits_for: [task_id], claim: {run_id, claimed_at, expires_at, status, result, error}|null}]',
  ],
  exitCodes: {
    0: 'listed, also when there is none',
    1: 'bad arguments',
  },
  async run(call) {
    const { flags, output } = call
    const limit = flags.integer('limit', { min: 1 }) ?? Number.POSITIVE_INFINITY
    const filter = {
      statuses: flags.list('status'),
      queues: flags.list('queue'),
      runIds: flags.list('run-id'),
      tags: flags.list('tag'),
    }
    const { tasks } = await import('./tasks.js')
    const found = tasks(await call.session(), filter)
    const shown = found.slice(0, limit)
    return {
      result: { count: found.length, tasks: shown },
      text: () => tasksText(shown, output.columns),
    }
  },
})
