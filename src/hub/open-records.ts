import type { Rejection } from '../record/protocol.js'
import { type JsonObject, MAX_PAYLOAD_BYTES, recordFault } from '../record/record.js'
import type { IncomingRecord } from './stores/store.js'

/** The most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3

/** A record on the wire that `recordFault` found nothing wrong with. */
interface WireRecord {
  kind: string
  record_id: string
  run_id: string
  payload: JsonObject
  expires_at?: string | null
}

/** Judges each record of a push by itself: a bad one is named with its reason and does not stop the others. */
export function openRecords(values: readonly unknown[]): { taken: IncomingRecord[]; rejected: Rejection[] } {
  const taken: IncomingRecord[] = []
  const rejected: Rejection[] = []
  for (const value of values) {
    const opened = open(value)
    if (typeof opened === 'string') rejected.push({ ...nameOf(value), reason: opened })
    else taken.push(opened)
  }
  return { taken, rejected }
}

/** The record, or why it is none. */
function open(value: unknown): IncomingRecord | string {
  try {
    const fault = recordFault(value)
    if (fault !== null) return fault
    const record = value as WireRecord
    const payloadJson = JSON.stringify(record.payload)
    if (payloadJson.length * BYTES_PER_UNIT > MAX_PAYLOAD_BYTES) {
      const bytes = Buffer.byteLength(payloadJson)
      if (bytes > MAX_PAYLOAD_BYTES) return `has a payload of ${bytes} bytes; ${MAX_PAYLOAD_BYTES} are the limit`
    }
    return {
      kind: record.kind,
      recordId: record.record_id,
      runId: record.run_id,
      payloadJson,
      expiresAt: record.expires_at ?? null,
    }
  } catch (error) {
    // JSON.parse takes any depth, JSON.stringify only as much as the stack holds.
    if (error instanceof RangeError) return 'is nested too deeply'
    throw error
  }
}

/** How a bad record is named in the answer: whatever of its kind and id can be printed. */
function nameOf(value: unknown): { kind: string; recordId: string } {
  const fields =
    typeof value === 'object' && value !== null ? (value as Partial<Record<keyof WireRecord, unknown>>) : {}
  return { kind: printable(fields.kind), recordId: printable(fields.record_id) }
}

function printable(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cs}]/gu, '').slice(0, 128) : ''
}
