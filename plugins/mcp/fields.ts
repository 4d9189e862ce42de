import type { Freshness } from '../../src/plugin.js'

/** Schemas of fields that several tools have, of what they are given and of what they answer. */

const MAX_ADDRESSES = 100
const YEAR_SECONDS = 365 * 24 * 3600
/** Clients give up on a tool after a minute. */
const MAX_WAIT_SECONDS = 50

export const runIdField = {
  type: 'string',
  pattern: '^[A-Za-z0-9_:-]{1,128}$',
  description: 'Your run, as the start of your session named it; else a name that you choose and keep.',
}

export const addressesField = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 1024 },
  minItems: 1,
  maxItems: MAX_ADDRESSES,
  description: 'Paths from the top of the repository: src/a.ts, docs/, src/**, src/a.ts::name.',
}

export const waitField = {
  type: 'number',
  minimum: 0,
  maximum: MAX_WAIT_SECONDS,
  description: 'Wait so long for it; timed_out says that it did not come, and you may ask again.',
}

export const offlineField = {
  type: 'boolean',
  description: 'Do not ask the hub, which may say later that another run was first.',
}

export const reasonField = { type: 'string', maxLength: 2000 }

export const idField = { type: 'string', minLength: 1, maxLength: 256 }

export function ttlField(defaultSeconds: number) {
  return { type: 'integer', minimum: 1, maximum: YEAR_SECONDS, default: defaultSeconds, description: 'Seconds.' }
}

/** Any JSON. */
export function jsonField(description: string) {
  return { description }
}

export const text = { type: 'string' }
export const count = { type: 'integer' }
export const flag = { type: 'boolean' }

/** Not `type: ['string', 'null']`: some clients know one type a schema. */
export function orNull(schema: object) {
  return { anyOf: [schema, { type: 'null' }] }
}

export const textOrNull = orNull(text)

export function listOf(properties: Readonly<Record<string, object>>) {
  return { type: 'array', items: { type: 'object', properties } }
}

export const holders = listOf({
  address: text,
  held_address: text,
  kind: text,
  record_id: text,
  run_id: text,
  branch: text,
  operation: textOrNull,
  until: textOrNull,
})

export const holder = {
  ...orNull({ type: 'object', properties: { run_id: text, until: textOrNull } }),
  description: 'Who has it; null where that is not known here.',
}

/** What every answer has that tells of a conflict. */
export const conflictFields = {
  message: text,
  cure: { ...textOrNull, description: 'What to do about it; null where there is nothing to do.' },
}

export const asOf = { ...textOrNull, description: 'What others wrote is known up to here; null without a hub.' }

/** How fresh an answer is, for what others may have written meanwhile. */
export function asOfField({ asOf }: Freshness) {
  return { asOf }
}
