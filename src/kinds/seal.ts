import { coordError, problemOf } from '../base/errors.js'
import { MAX_DEPTH, scanJson } from '../base/json/scan.js'
import { type Spelt, spelledLike } from '../base/json/spelling.js'
import { compileCheck } from '../base/json/validation.js'
import { quote } from '../base/quote.js'
import { isTimestamp, withZone } from '../base/timestamp.js'
import { type CoordRecord, isSafeRecordId, type JsonObject, MAX_PAYLOAD_BYTES, runIdFault } from '../record/record.js'
import type { Kind } from './kind.js'
import { kindFault } from './kind-fault.js'

/** A record that may travel, or the reason why there is none. */
export type Sealed =
  | {
      readonly record: CoordRecord
      /** The payload as it travels: each token as its writer spelt it, no blanks between them. */
      readonly payloadText: string
      /** How the payload breaks its kind's schema; `null`: it does not. */
      readonly warning: string | null
    }
  | SealFault

/** Why a payload is no record that may travel. */
export interface SealFault {
  readonly fault: string
  /** Whether the kind is to blame, whose code failed, and not the file. */
  readonly isOfKind?: boolean
}

/**
 * Turns payloads of one kind into records.
 *
 * @param stem the file's name without `.json`, the id of payloads that have none
 * @param payloadText the payload as it stands in its file; left out where this program makes it
 */
export type Seal = (payload: JsonObject, stem: string, payloadText?: string) => Sealed

/** The seal of a kind: its ids, its expiry rule, its size, its schema. Rejects with `KIND_INVALID` when that cannot be compiled. */
export async function createSeal(kind: Kind): Promise<Seal> {
  const check = await compileCheck(kind.schema).catch((error: unknown) => {
    throw coordError('KIND_INVALID', `"${kind.name}"`, `its schema does not compile: ${problemOf(error)}`)
  })
  return (payload, stem, asWritten) => {
    // Before anything else: what follows quotes values, and would run out of stack.
    const spelt = asWritten === undefined ? textOf(payload) : { payloadText: asWritten }
    if ('fault' in spelt) return spelt
    const { payloadText } = spelt
    const opened = toRecord(kind, payload, stem)
    if ('fault' in opened) return opened
    const warning = check(payload)
    if (warning !== null && kind.strict === true) return { fault: warning }
    const bytes = Buffer.byteLength(payloadText)
    if (bytes > MAX_PAYLOAD_BYTES) return { fault: `payload of ${bytes} bytes is over ${MAX_PAYLOAD_BYTES}` }
    return { record: opened.record, payloadText, warning }
  }
}

/** Seals a payload that was made from what others wrote: what they said at the same place stays as they spelt it. */
export function sealLike(seal: Seal, payload: JsonObject, stem: string, documents: readonly Spelt[]): Sealed {
  const sealed = seal(payload, stem)
  if ('fault' in sealed || documents.length === 0) return sealed
  return seal(payload, stem, spelledLike(payload, documents))
}

/**
 * Reads from a payload what its kind says of it: the ids, and when it lapses. These alone can keep a file behind. The
 * kind's schema is not asked, for that costs a compiler; whoever sends or writes the record asks it, see {@link createSeal}.
 *
 * @param stem see {@link Seal}
 */
export function toRecord(kind: Kind, payload: JsonObject, stem: string): { readonly record: CoordRecord } | SealFault {
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
function expiryOf(kind: Kind, payload: JsonObject): { expiresAt: string | null } | SealFault {
  let expiresAt: unknown
  try {
    expiresAt = kind.expiresAt(payload)
  } catch (error) {
    return { fault: kindFault(kind, 'expiresAt', error), isOfKind: true }
  }
  if (expiresAt === null) return { expiresAt }
  if (isTimestamp(expiresAt)) return { expiresAt: withZone(expiresAt) }
  return { fault: `the expiry rule of "${kind.name}" gave no timestamp: ${quote(expiresAt)}` }
}

function textOf(payload: JsonObject): { payloadText: string } | { fault: string } {
  try {
    const payloadText = JSON.stringify(payload)
    const scan = scanJson(Buffer.from(payloadText), { depth: MAX_DEPTH })
    return 'fault' in scan ? { fault: scan.fault } : { payloadText }
  } catch (error) {
    // Deeper than the stack, a circle, or a value that JSON does not know.
    const isTooDeep = error instanceof RangeError
    return { fault: isTooDeep ? `is nested deeper than ${MAX_DEPTH} levels` : `is no JSON: ${problemOf(error)}` }
  }
}
