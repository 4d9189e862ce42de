import { quote } from '../base/quote.js'
import { isJsonObject, type JsonObject } from '../record/record.js'
import type { Kind } from './kind.js'
import { kindFault } from './kind-fault.js'
import type { SealFault } from './seal.js'

/** A kind whose files of one record id are one record. */
export type CombiningKind = Kind & Required<Pick<Kind, 'combine'>>

/** Asks a kind for the one payload of several files of one record id, in the order of their writing. */
export function combinePayloads(
  kind: CombiningKind,
  payloads: readonly JsonObject[],
): { readonly payload: JsonObject } | SealFault {
  try {
    const payload: unknown = kind.combine(payloads)
    if (isJsonObject(payload)) return { payload }
    return { fault: kindFault(kind, 'combine', `it gave no JSON object: ${quote(payload)}`), isOfKind: true }
  } catch (error) {
    return { fault: kindFault(kind, 'combine', error), isOfKind: true }
  }
}

export function combinesFiles(kind: Kind): kind is CombiningKind {
  return kind.combine !== undefined
}
