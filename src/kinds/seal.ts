import { coordError, problemOf } from '../errors.js'
import {
  type CoordRecord,
  isSafeRecordId,
  isTimestamp,
  type JsonObject,
  MAX_PAYLOAD_BYTES,
  MAX_RUN_ID_LENGTH,
  quote,
} from '../record.js'
import { compileCheck } from '../validation.js'
import type { Kind } from './kind.js'

/** A payload made ready to travel, or the reason why it can't be. */
export type Sealed = { readonly record: CoordRecord } | { readonly fault: string }

/** Turns payloads of one kind into records. `stem`: the file's name without `.json`, the id of payloads that have none. */
export type Seal = (payload: JsonObject, stem: string) => Sealed

/** The seal of a kind. Rejects with `KIND_INVALID` when the kind's schema cannot be compiled. */
export async function createSeal(kind: Kind): Promise<Seal> {
  const check = await compileCheck(kind.schema).catch((error: unknown) => {
    throw coordError('KIND_INVALID', `"${kind.name}"`, `its schema does not compile: ${problemOf(error)}`)
  })
  return (payload, stem) => {
    const recordId = payload[kind.idField] ?? stem
    if (!isSafeRecordId(recordId)) return { fault: `unsafe record id ${quote(recordId)}` }
    const broken = check(payload)
    if (broken !== null) return { fault: broken }
    const runId = payload[kind.runIdField] ?? ''
    if (typeof runId !== 'string') return { fault: `${kind.runIdField} is no text: ${quote(runId)}` }
    if (runId.length > MAX_RUN_ID_LENGTH) return { fault: `${kind.runIdField} is over ${MAX_RUN_ID_LENGTH} characters` }
    const bytes = Buffer.byteLength(JSON.stringify(payload))
    if (bytes > MAX_PAYLOAD_BYTES) return { fault: `payload of ${bytes} bytes is over ${MAX_PAYLOAD_BYTES}` }
    const expiry = expiryOf(kind, payload)
    if ('fault' in expiry) return expiry
    return { record: { kind: kind.name, recordId, runId, payload, expiresAt: expiry.expiresAt } }
  }
}

/** The rule is a plugin's code: it may throw, and it may answer anything. */
function expiryOf(kind: Kind, payload: JsonObject): { expiresAt: string | null } | { fault: string } {
  let expiresAt: unknown
  try {
    expiresAt = kind.expiresAt(payload)
  } catch (error) {
    return { fault: `the expiry rule of "${kind.name}" failed: ${problemOf(error)}` }
  }
  if (expiresAt === null || isTimestamp(expiresAt)) return { expiresAt }
  return { fault: `the expiry rule of "${kind.name}" gave no timestamp: ${quote(expiresAt)}` }
}
