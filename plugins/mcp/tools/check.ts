import { freshness } from '../../../src/plugin.js'
import { check } from '../../reserving/check.js'
import { heldAnswer } from '../conflict.js'
import { addressesField, asOf, asOfField, conflictFields, holders, listOf, runIdField, text } from '../fields.js'
import { nextCursor, type PageChoice, pageFields, pageOf } from '../page.js'
import { runOrNull } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input extends PageChoice {
  readonly addresses: readonly string[]
  readonly run_id?: string
}

export const checkTool = defineTool<Input>({
  name: 'coord_check',
  title: 'Is it free?',
  description:
    'Tells whether files are free, or which run holds them until when. Ask before a shell command writes; never work around "held".',
  input: {
    type: 'object',
    properties: { addresses: addressesField, run_id: runIdField, ...pageFields },
    required: ['addresses'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      status: { enum: ['free', 'held', 'unknown'] },
      ...conflictFields,
      addresses: { type: 'array', items: text },
      outside: { type: 'array', items: text, description: 'Not in the repository: nobody can hold it.' },
      misspelt: listOf({ address: text, nearest: text }),
      holders,
      more_holders: { type: 'integer', description: 'Beside those of all pages.' },
      next_cursor: nextCursor,
      as_of: asOf,
    },
    required: ['status', 'holders', 'next_cursor'],
  },
  readsOnly: true,
  async call(session, { addresses, run_id, ...choice }) {
    const { unread, holders, ...checked } = check(session, { addresses, runId: runOrNull(session, run_id) })
    const { items, nextCursor } = pageOf(
      holders,
      (one) => `${one.address}\0${one.recordId}\0${one.heldAddress}`,
      choice,
    )
    return {
      ...checked,
      ...(checked.status === 'held' && heldAnswer(holders)),
      unread: unread.length,
      holders: items,
      nextCursor,
      ...asOfField(freshness(session)),
    }
  },
})
