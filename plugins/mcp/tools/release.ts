import { coordError } from '../../../src/plugin.js'
import { release } from '../../reserving/release.js'
import { conflictAnswer } from '../conflict.js'
import { conflictFields, flag, idField, listOf, reasonField, runIdField, text } from '../fields.js'
import { runOf } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input {
  readonly reservations?: readonly string[]
  readonly all?: boolean
  readonly run_id?: string
  readonly reason?: string
}

const MAX_RESERVATIONS = 100

export const releaseTool = defineTool<Input>({
  name: 'coord_release',
  title: 'Give files back',
  description:
    'Gives reservations of your run back, by id or by address, or all of them. Do it when you are done with the files.',
  input: {
    type: 'object',
    properties: {
      reservations: { type: 'array', items: { ...idField, maxLength: 1024 }, minItems: 1, maxItems: MAX_RESERVATIONS },
      all: { ...flag, description: 'All reservations of the run, instead of naming them.' },
      run_id: runIdField,
      reason: reasonField,
    },
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      status: { enum: ['ok', 'held'] },
      ...conflictFields,
      released: listOf({ reservation_id: text, status: text, addresses: { type: 'array', items: text } }),
    },
    required: ['status', 'released'],
  },
  readsOnly: false,
  async call(session, { reservations, all = false, run_id, reason = null }) {
    if (all === (reservations !== undefined)) {
      throw coordError('TOOL_INPUT', 'coord_release', 'name the reservations, or give all: true, one of the two')
    }
    const runId = runOf(session, run_id)
    try {
      const released = await release(session, { runId, reservations: reservations ?? null, reason })
      return { status: 'ok', released }
    } catch (thrown) {
      return { ...conflictAnswer(thrown, { RECORD_HELD: 'held' }), released: [] }
    }
  },
})
