import schema from '../schemas/task.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readTaskEnds } from './tasks/claim-state.js'

/** Work to be claimed. What became of it stands in its claim. */
export interface Task {
  task_id?: string
  run_id?: string
  title?: string
  queue?: string
  /** Higher first. */
  priority?: number
  payload?: unknown
  tags?: string[]
  /** Tasks that must be completed before. */
  after?: string[]
  created_at?: string
}

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
})
