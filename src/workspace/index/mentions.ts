import type { Kind } from '../../kinds/kind.js'
import { isSafeRecordId, type JsonObject } from '../../record/record.js'

/** More than a run extends in a day; beyond it a record is kept for good, so that nobody has to find it by them. */
const MAX_MENTIONS = 256

export interface Mentions {
  readonly ids: ReadonlySet<string>
  readonly areFew: boolean
}

/**
 * What of a payload can be a record id: its texts at any depth and the keys below its own fields, but for the name of the
 * run that wrote it, the version of its schema and its own id.
 */
export function mentionsIn(kind: Kind, recordId: string, payload: JsonObject): Mentions {
  const ids = new Set<string>()
  for (const [key, value] of Object.entries(payload)) {
    if (key === kind.runIdField || key === 'schema_version') continue
    gather(value, ids)
  }
  ids.delete(recordId)
  return { ids, areFew: ids.size <= MAX_MENTIONS }
}

function gather(value: unknown, ids: Set<string>): void {
  if (typeof value === 'string') {
    if (isSafeRecordId(value)) ids.add(value)
  } else if (Array.isArray(value)) {
    for (const item of value) gather(item, ids)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (isSafeRecordId(key)) ids.add(key)
      gather(item, ids)
    }
  }
}
