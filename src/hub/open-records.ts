import type { Rejection } from '../record/protocol.js'
import { isJsonObject, type JsonObject, MAX_PAYLOAD_BYTES } from '../record/record.js'
import { readRecord } from '../record/wire.js'
import type { IncomingRecord } from './stores/store.js'

/** The most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3

/** Judges each record of a push by itself: a bad one is named with its reason and does not stop the others. */
export function openRecords(values: readonly unknown[]): { accepted: IncomingRecord[]; rejected: Rejection[] } {
  const accepted: IncomingRecord[] = []
  const rejected: Rejection[] = []
  for (const value of values) {
    const opened = open(value)
    if (typeof opened === 'string') rejected.push({ ...nameOf(value), reason: opened })
    else accepted.push(opened)
  }
  return { accepted, rejected }
}

/** The record, or why it is none. */
function open(value: unknown): IncomingRecord | string {
  try {
    const opened = readRecord(value)
    if ('fault' in opened) return opened.fault
    const { payload, ...record } = opened.record
    if (!isJsonObject((value as JsonObject).payload)) return 'has a payload that is no JSON object'
    const payloadJson = JSON.stringify(payload)
    if (payloadJson.length * BYTES_PER_UNIT > MAX_PAYLOAD_BYTES) {
      const bytes = Buffer.byteLength(payloadJson)
      if (bytes > MAX_PAYLOAD_BYTES) return `has a payload of ${bytes} bytes; ${MAX_PAYLOAD_BYTES} are the limit`
    }
    return { ...record, payloadJson }
  } catch (error) {
    // JSON.parse takes any depth, JSON.stringify only as much as the stack holds.
    if (error instanceof RangeError) return 'is nested too deeply'
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
