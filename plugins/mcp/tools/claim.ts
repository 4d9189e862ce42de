import type { CoordError } from '../../../src/plugin.js'
import { claim } from '../../tasks/claim.js'
import { conflictAnswer, holderOf } from '../conflict.js'
import {
  conflictFields,
  count,
  flag,
  holder,
  idField,
  jsonField,
  offlineField,
  orNull,
  runIdField,
  text,
  textOrNull,
  ttlField,
  waitField,
} from '../fields.js'
import { runOf } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input {
  readonly task?: string
  readonly run_id?: string
  readonly queues?: readonly string[]
  readonly another?: boolean
  readonly ttl_seconds?: number
  readonly wait_seconds?: number
  readonly offline?: boolean
}

const DEFAULT_TTL_SECONDS = 3600
const MAX_QUEUES = 50

/** What keeps a run from a task, by what the functions throw. */
const OUTCOMES = {
  NOTHING_TO_CLAIM: 'none',
  WAIT_TIMED_OUT: 'none',
  RECORD_HELD: 'held',
  LEASE_LOST: 'held',
  TASK_WAITS: 'waiting',
  TASK_FINISHED: 'finished',
} as const

export const claimTool = defineTool<Input>({
  name: 'coord_claim',
  title: 'Take a task',
  description:
    'Takes the named task, or the first that can be had, so that no other run takes it. Asking again extends it; work on nothing that is answered with "held".',
  input: {
    type: 'object',
    properties: {
      task: { ...idField, description: 'Its id, or the beginning of it; left out: what you have, else the first.' },
      run_id: runIdField,
      queues: { type: 'array', items: idField, maxItems: MAX_QUEUES, description: 'Only from these.' },
      another: { ...flag, description: 'A further task, beside the one that you have.' },
      ttl_seconds: ttlField(DEFAULT_TTL_SECONDS),
      wait_seconds: waitField,
      offline: offlineField,
    },
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      status: { enum: ['claimed', 'none', 'held', 'waiting', 'finished'] },
      ...conflictFields,
      timed_out: flag,
      holder,
      task_id: text,
      title: text,
      queue: text,
      priority: count,
      payload: jsonField('What the task needs, as it was enqueued.'),
      run_id: text,
      expires_at: text,
      token: orNull(count),
      attempts: { type: 'array', items: { type: 'object' }, description: 'Who had it before, and what they say.' },
      renewed: flag,
      resumed: { ...flag, description: 'You had it already.' },
      provisional: flag,
      space: textOrNull,
    },
    required: ['status'],
  },
  readsOnly: false,
  async call(session, { task, run_id, queues = [], another = false, ttl_seconds, wait_seconds = 0, offline }) {
    const request = {
      ...{ runId: runOf(session, run_id), task, queues, another, isOffline: offline === true },
      ...{ ttlSeconds: ttl_seconds ?? DEFAULT_TTL_SECONDS, wait: wait_seconds > 0, timeoutSeconds: wait_seconds },
    }
    try {
      return { status: 'claimed', ...(await claim(session, request)) }
    } catch (thrown) {
      const answer = conflictAnswer(thrown, OUTCOMES)
      const holder = task === undefined ? null : holderOf(session, 'claim', task)
      return { ...answer, holder, timedOut: (thrown as CoordError).code === 'WAIT_TIMED_OUT' }
    }
  },
})
