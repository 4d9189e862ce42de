import type { Kind } from '../../kinds/kind.js'
import { isSafeRecordId, type JsonObject } from '../../record/record.js'

/** More than a run extends in a day; beyond it a record is kept for good, so that nobody has to find it by them. */
const MAX_MENTIONS = 256

/**
 * What of a payload can be a record id: its texts at any depth and the keys below its own fields, but for the name of the
 * run that wrote it, the version of its schema and its own id.
 */
export function mentionsIn(kind: Kind, recordId: string, payload: JsonObject): ReadonlySet<string> {
  return gathered(kind, recordId, payload, Number.POSITIVE_INFINITY)
}

/** The same, where a record can be found by them; `null`: they are too many, and not all of them were looked at. */
export function fewMentionsIn(kind: Kind, recordId: string, payload: JsonObject): ReadonlySet<string> | null {
  const ids = gathered(kind, recordId, payload, MAX_MENTIONS)
  return areFew(ids) ? ids : null
}

/** Whether a record can be found by what it mentions. */
export function areFew(ids: ReadonlySet<string>): boolean {
  return ids.size <= MAX_MENTIONS
}

/** @param enough ids beyond which no further ones are looked for */
function gathered(kind: Kind, recordId: string, payload: JsonObject, enough: number): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [key, value] of Object.entries(payload)) {
    if (key === kind.runIdField || key === 'schema_version') continue
    // The own id is among them and does not count.
    gather(value, ids, enough + 1)
  }
  ids.delete(recordId)
  return ids
}

function gather(value: unknown, ids: Set<string>, enough: number): void {
  if (ids.size > enough) return
  if (typeof value === 'string') {
    if (isSafeRecordId(value)) ids.add(value)
  } else if (Array.isArray(value)) {
    for (const item of value) gather(item, ids, enough)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (isSafeRecordId(key)) ids.add(key)
      gather(item, ids, enough)
    }
  }
}
