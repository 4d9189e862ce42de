import { coordError, problemOf } from '../base/errors.js'
import { jsonWithin, MAX_DEPTH } from '../base/json/nesting.js'
import { compileCheck } from '../base/json/validation.js'
import { quote } from '../base/quote.js'
import { type CoordRecord, isSafeRecordId, type JsonObject, MAX_PAYLOAD_BYTES } from '../record/record.js'
import type { Kind } from './kind.js'
import { toRecord } from './to-record.js'

/** A record and its payload as JSON text, or the reason why there is none. */
export type Sealed = { readonly record: CoordRecord; readonly payloadJson: string } | { readonly fault: string }

/** Turns payloads of one kind into records. `stem`: the file's name without `.json`, the id of payloads that have none. */
export type Seal = (payload: JsonObject, stem: string) => Sealed

/** The seal of a kind: its schema, its ids, its size. Rejects with `KIND_INVALID` when the schema cannot be compiled. */
export async function createSeal(kind: Kind): Promise<Seal> {
  const check = await compileCheck(kind.schema).catch((error: unknown) => {
    throw coordError('KIND_INVALID', `"${kind.name}"`, `its schema does not compile: ${problemOf(error)}`)
  })
  return (payload, stem) => {
    // Before anything else: what follows would print it, and run out of stack.
    const payloadJson = jsonWithin(payload, MAX_DEPTH)
    if (payloadJson === null) return { fault: `nested deeper than ${MAX_DEPTH} levels` }
    const recordId = payload[kind.idField] ?? stem
    if (!isSafeRecordId(recordId)) return { fault: `unsafe record id ${quote(recordId)}` }
    const broken = check(payload)
    if (broken !== null) return { fault: broken }
    const sealed = toRecord(kind, payload, stem)
    if ('fault' in sealed) return sealed
    const bytes = Buffer.byteLength(payloadJson)
    if (bytes > MAX_PAYLOAD_BYTES) return { fault: `payload of ${bytes} bytes is over ${MAX_PAYLOAD_BYTES}` }
    return { record: sealed.record, payloadJson }
  }
}
