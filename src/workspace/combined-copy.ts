import { combinePayloads, combinesFiles } from '../kinds/combine-payloads.js'
import type { Kind } from '../kinds/kind.js'
import { toRecord } from '../kinds/seal.js'
import type { Copy } from './entry.js'

/**
 * What the local files of one record id say together: the newest of them, with the payload that their kind makes of all.
 * `null` where the kind makes none, or another record of it: then the newest counts.
 */
export function combinedCopy(kind: Kind, locals: readonly Copy[]): Copy | null {
  if (locals.length < 2 || !combinesFiles(kind)) return null
  const inOrder = [...locals].sort(byWriting)
  const newest = inOrder.at(-1) as Copy
  const combined = combinePayloads(
    kind,
    inOrder.map(({ payload }) => payload),
  )
  if ('fault' in combined) return null
  const opened = toRecord(kind, combined.payload, newest.recordId)
  if ('fault' in opened || opened.record.recordId !== newest.recordId) return null
  return { ...newest, ...opened.record }
}

function byWriting(one: Copy, other: Copy): number {
  return one.arrivedAt - other.arrivedAt || (one.file < other.file ? -1 : 1)
}
