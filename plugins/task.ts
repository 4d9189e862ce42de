import schema from '../schemas/task.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readTexts } from './fields.js'
import { readOpenTasks, readTaskEnds, readTaskStates, TASK_STATUSES, type Task } from './tasks/board.js'
import { taskRank } from './tasks/task-rank.js'

export default defineKind<Task>({
  name: 'task',
  directory: 'tasks',
  idField: 'task_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: () => null,
  ends: readTaskEnds,
  describe: ({ title, queue }) => `${title ?? ''} (${queue ?? 'default'})`,
  after: ({ after }) => readTexts(after),
  open: readOpenTasks,
  rank: taskRank,
  states: TASK_STATUSES,
  state: readTaskStates,
})
