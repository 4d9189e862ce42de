import { problemOf } from '../base/errors.js'
import { quote } from '../base/quote.js'
import { type CoordRecord, isSafeRecordId, isTimestamp, type JsonObject, runIdFault } from '../record/record.js'
import type { Kind } from './kind.js'

/** A payload as a record, or the reason why it is none. */
export type Sealed = { readonly record: CoordRecord } | { readonly fault: string }

/**
 * Reads from a payload what its kind says of it: the ids, and when it lapses. The kind's schema is not asked, for that
 * costs a compiler; whoever sends or writes the record asks it, see `createSeal`.
 *
 * @param stem the file's name without `.json`, the id of payloads that have none
 */
export function toRecord(kind: Kind, payload: JsonObject, stem: string): Sealed {
  const recordId = payload[kind.idField] ?? stem
  if (!isSafeRecordId(recordId)) return { fault: `unsafe record id ${quote(recordId)}` }
  const runId = payload[kind.runIdField] ?? ''
  const runFault = runIdFault(runId)
  if (runFault !== null) return { fault: `has a ${kind.runIdField} ${runFault}` }
  const expiry = expiryOf(kind, payload)
  if ('fault' in expiry) return expiry
  return { record: { kind: kind.name, recordId, runId: runId as string, payload, expiresAt: expiry.expiresAt } }
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
