import { MAX_ATTEMPTS } from '../../tasks/attempts.js'
import { enqueue } from '../../tasks/enqueue.js'
import { idField, jsonField, runIdField, text } from '../fields.js'
import { runOrNull } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input {
  readonly title: string
  readonly task_id?: string
  readonly run_id?: string
  readonly queue?: string
  readonly priority?: number
  readonly payload?: unknown
  readonly tags?: readonly string[]
  readonly after?: readonly string[]
  readonly max_attempts?: number
}

const MAX_PRIORITY = 1_000_000
const MAX_WORDS = 50

export const enqueueTool = defineTool<Input>({
  name: 'coord_enqueue',
  title: 'Offer a task',
  description: 'Writes a task that any run can claim, with whatever it needs to know in payload.',
  input: {
    type: 'object',
    properties: {
      title: { type: 'string', pattern: '\\S', maxLength: 500 },
      task_id: {
        type: 'string',
        pattern: '^[A-Za-z0-9_:-]{1,128}$',
        description: 'Refused where there is one of this id; left out: one is made.',
      },
      run_id: runIdField,
      queue: { ...idField, default: 'default' },
      priority: { type: 'integer', minimum: -MAX_PRIORITY, maximum: MAX_PRIORITY, description: 'Higher comes first.' },
      payload: jsonField('What the worker needs, any JSON.'),
      tags: { type: 'array', items: idField, maxItems: MAX_WORDS },
      after: { type: 'array', items: idField, maxItems: MAX_WORDS, description: 'Tasks to be completed before.' },
      max_attempts: { type: 'integer', minimum: 1, maximum: MAX_ATTEMPTS, description: 'Tries before it has failed.' },
    },
    required: ['title'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      task_id: text,
      title: text,
      queue: text,
      status: { enum: ['pending', 'waiting', 'blocked', 'claimed', 'completed', 'failed', 'withdrawn'] },
      after: { type: 'array', items: text },
      created_at: text,
    },
    required: ['task_id', 'status'],
  },
  readsOnly: false,
  async call(session, { task_id: taskId, run_id, queue = 'default', max_attempts: maxAttempts, ...task }) {
    return enqueue(session, { ...task, taskId, queue, maxAttempts, runId: runOrNull(session, run_id) ?? '' })
  },
})
