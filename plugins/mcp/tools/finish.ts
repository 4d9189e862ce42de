import { complete, fail } from '../../tasks/complete.js'
import { conflictAnswer, holderOf } from '../conflict.js'
import {
  conflictFields,
  flag,
  holder,
  idField,
  jsonField,
  offlineField,
  runIdField,
  text,
  textOrNull,
} from '../fields.js'
import { runOf } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input {
  readonly task: string
  readonly outcome?: 'completed' | 'failed' | 'returned'
  readonly run_id?: string
  readonly result?: unknown
  readonly error?: string
  readonly offline?: boolean
}

export const finishTool = defineTool<Input>({
  name: 'coord_finish',
  title: 'End a task',
  description:
    'Records how the task that you claimed ended: completed or failed for good, or returned so that another run may take it. "lost" means that it is no longer yours: stop the work.',
  input: {
    type: 'object',
    properties: {
      task: { ...idField, description: 'Its id, or the beginning of it.' },
      outcome: { enum: ['completed', 'failed', 'returned'], default: 'completed' },
      run_id: runIdField,
      result: jsonField('What the work came to, any JSON.'),
      error: { type: 'string', maxLength: 10_000, description: 'What went wrong.' },
      offline: offlineField,
    },
    required: ['task'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      status: { enum: ['completed', 'failed', 'returned', 'held', 'lost'] },
      ...conflictFields,
      holder,
      task_id: text,
      run_id: text,
      ended_at: text,
      result: jsonField('As recorded.'),
      error: textOrNull,
      unchanged: { ...flag, description: 'It had ended like this before.' },
      provisional: flag,
      space: textOrNull,
    },
    required: ['status'],
  },
  readsOnly: false,
  async call(session, { task, outcome = 'completed', run_id, result, error, offline }) {
    const request = { runId: runOf(session, run_id), task, result, isOffline: offline === true }
    try {
      return outcome === 'completed'
        ? await complete(session, request)
        : await fail(session, { ...request, error, retry: outcome === 'returned' })
    } catch (thrown) {
      const answer = conflictAnswer(thrown, { RECORD_HELD: 'held', LEASE_LOST: 'lost' })
      return { ...answer, holder: holderOf(session, 'claim', task) }
    }
  },
})
