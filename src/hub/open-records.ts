import { MAX_DEPTH, scanJson } from '../base/json/scan.js'
import type { Rejection } from '../record/protocol.js'
import { isJsonObject, type JsonObject, MAX_PAYLOAD_BYTES } from '../record/record.js'
import { readRecord, readSuccession } from '../record/wire.js'
import { MAX_BYTES_AROUND, type RecordText } from './decode-body.js'
import type { IncomingRecord } from './stores/record-store.js'

/**
 * Judges each record of a push by itself: a bad one is named with its reason and does not stop the others.
 *
 * @param texts what each of them was decoded from
 */
export function openRecords(
  values: readonly unknown[],
  texts: readonly RecordText[],
): { accepted: IncomingRecord[]; rejected: Rejection[] } {
  const accepted: IncomingRecord[] = []
  const rejected: Rejection[] = []
  for (const [index, value] of values.entries()) {
    const opened = open(value, texts[index])
    if (typeof opened === 'string') rejected.push({ ...nameOf(value), reason: opened })
    else accepted.push(opened)
  }
  return { accepted, rejected }
}

/** The record, or why it is none. */
function open(value: unknown, text: RecordText | undefined): IncomingRecord | string {
  if (text !== undefined && text.bytesAround > MAX_BYTES_AROUND) {
    return `has ${text.bytesAround} bytes around its payload; ${MAX_BYTES_AROUND} are the limit`
  }
  const opened = readOrRefuse(value)
  if ('fault' in opened) return opened.fault
  const { payload: _, ...record } = opened.record
  const succession = readSuccession(value as JsonObject)
  if ('fault' in succession) return succession.fault
  // A null has been read as an empty payload; what is kept is what was sent.
  if (text?.payload === undefined || text.payload === 'null') return 'has a payload that is no JSON object'
  const { payload: payloadJson, mayBeDeep } = text
  const bytes = Buffer.byteLength(payloadJson)
  if (bytes > MAX_PAYLOAD_BYTES) return `has a payload of ${bytes} bytes; ${MAX_PAYLOAD_BYTES} are the limit`
  const scan = mayBeDeep ? scanJson(Buffer.from(payloadJson), { depth: MAX_DEPTH }) : {}
  return 'fault' in scan ? `has a payload that ${scan.fault}` : { ...record, ...succession, payloadJson }
}

/** What is wrong is quoted in the fault, and what stands in the place of an id may be deeper than the stack. */
function readOrRefuse(value: unknown): ReturnType<typeof readRecord> {
  try {
    return readRecord(value)
  } catch (error) {
    if (error instanceof RangeError) return { fault: 'is nested too deeply' }
    throw error
  }
}

/** How a bad record is named in the answer: whatever of its kind and id can be printed. */
function nameOf(value: unknown): { kind: string; recordId: string } {
  const fields: JsonObject = isJsonObject(value) ? value : {}
  return { kind: printable(fields.kind), recordId: printable(fields.record_id) }
}

function printable(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cs}]/gu, '').slice(0, 128) : ''
}
