import { freshness, status } from '../../../src/plugin.js'
import { asOf, asOfField, count, flag, listOf, orNull, runIdField, text, textOrNull } from '../fields.js'
import { nextCursor, type PageChoice, pageFields, pageOf } from '../page.js'
import { defineTool } from '../tool.js'

interface Input extends PageChoice {
  readonly run_id?: string
}

/** Of what is not paged: more would fill a model's context, and what is first matters most. */
const MAX_TOLD = 20

export const statusTool = defineTool<Input>({
  name: 'coord_status',
  title: 'Who does what',
  description:
    'Tells what needs attention, which runs are alive, who holds what until when, and how many tasks there are.',
  input: {
    type: 'object',
    properties: {
      run_id: { ...runIdField, description: 'Only what is of this run; left out: all runs.' },
      ...pageFields,
    },
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      attention: listOf({ what: text, message: text, command: text }),
      runs: listOf({ run_id: text, author: textOrNull, state: text, last_beat_at: textOrNull }),
      holds: listOf({
        kind: text,
        record_id: text,
        what: text,
        title: textOrNull,
        run_id: text,
        until: textOrNull,
        exclusive: flag,
      }),
      next_cursor: { ...nextCursor, description: 'For more holds; null: these were the last.' },
      counts: { type: 'object', description: 'By kind, how many records are in which state.' },
      attention_left_out: count,
      runs_left_out: count,
      unsent: { ...orNull(count), description: 'Records that the hub has not got; null without a hub.' },
      as_of: asOf,
    },
    required: ['attention', 'runs', 'holds', 'next_cursor', 'counts'],
  },
  readsOnly: true,
  async call(session, { run_id: runId = null, ...choice }) {
    const { attention, runs, holds, counts, unsent } = await status(session, { runId })
    const { items, nextCursor } = pageOf(holds, (one) => `${one.what}\0${one.kind}\0${one.recordId}`, choice)
    return {
      attention: attention.slice(0, MAX_TOLD),
      attentionLeftOut: Math.max(0, attention.length - MAX_TOLD),
      runs: runs.slice(0, MAX_TOLD),
      runsLeftOut: Math.max(0, runs.length - MAX_TOLD),
      holds: items,
      nextCursor,
      counts,
      unsent: unsent?.total ?? null,
      ...asOfField(freshness(session)),
    }
  },
})
