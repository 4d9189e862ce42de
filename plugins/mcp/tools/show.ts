import { type JsonObject, show } from '../../../src/plugin.js'
import { flag, idField, jsonField, listOf, text, textOrNull } from '../fields.js'
import { nextCursor, type PageChoice, pageFields, pageOf } from '../page.js'
import { defineTool } from '../tool.js'

interface Input extends PageChoice {
  readonly id: string
}

/** A payload that is longer fills a model's context. */
const MAX_PAYLOAD_CHARACTERS = 20_000

export const showTool = defineTool<Input>({
  name: 'coord_show',
  title: 'What is known of an id',
  description: 'Shows the records of a run, a task, a reservation or any other id, and what mentions it.',
  input: {
    type: 'object',
    properties: {
      id: { ...idField, description: 'In full, or its first characters, four at least.' },
      ...pageFields,
    },
    required: ['id'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      id: text,
      records: listOf({
        kind: text,
        record_id: text,
        run_id: text,
        payload: jsonField('As it was written; null where it is too long for an answer.'),
        payload_left_out: flag,
        expires_at: textOrNull,
        lapsed: flag,
        origin: text,
        author: textOrNull,
      }),
      mentions: listOf({ kind: text, record_id: text, run_id: text }),
      next_cursor: { ...nextCursor, description: 'For more mentions; null: these were the last.' },
    },
    required: ['id', 'records', 'mentions', 'next_cursor'],
  },
  readsOnly: true,
  async call(session, { id: typed, ...choice }) {
    const { id, records, mentions } = show(session, typed)
    const { items, nextCursor } = pageOf(mentions, (one) => `${one.kind}\0${one.recordId}`, choice)
    return { id, records: records.map(bounded), mentions: items, nextCursor }
  },
})

function bounded<Shown extends { readonly payload: JsonObject }>(record: Shown) {
  const isLong = JSON.stringify(record.payload).length > MAX_PAYLOAD_CHARACTERS
  return isLong ? { ...record, payload: null, payloadLeftOut: true } : record
}
