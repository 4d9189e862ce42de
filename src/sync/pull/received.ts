import { MAX_DEPTH, scanJson } from '../../base/json/scan.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { isJsonObject, type JsonObject, MAX_RECORD_BYTES } from '../../record/record.js'
import { readRecord } from '../../record/wire.js'

/** A record that was not written, and why. `kind` and `recordId` as the hub gave them, cut short, and empty where they are no text. */
export interface RefusedRecord {
  kind: string
  recordId: string
  reason: string
}

/** A record from a hub that may be written: kind registered, id safe, shape right. */
export interface ReceivedRecord {
  readonly kind: string
  readonly recordId: string
  /** Position in the space; `null`: this hub gives none. */
  readonly id: number | null
  /** As the hub sent it, with fields that this program does not know. */
  readonly wire: JsonObject
  /** The same as JSON. */
  readonly line: string
}

/** Judges a record from a hub. The hub is a stranger: its kinds and ids become paths. */
export function receive(value: unknown, registry: KindRegistry): ReceivedRecord | RefusedRecord {
  if (!isJsonObject(value)) return { kind: '', recordId: '', reason: 'is no JSON object' }
  const { kind, record_id: recordId, id } = value
  const refuse = (reason: string): RefusedRecord => ({ kind: printed(kind), recordId: printed(recordId), reason })
  const line = textOf(value)
  // What was made to break its readers must not be printed either.
  if (line === null) return refuse(`is nested deeper than ${MAX_DEPTH} levels`)
  const opened = readRecord(value)
  if ('fault' in opened) return refuse(opened.fault)
  const { record } = opened
  if (registry.get(record.kind) === undefined) return refuse('no plugin here registers this kind')
  if (Buffer.byteLength(line) > MAX_RECORD_BYTES) return refuse(`is over ${MAX_RECORD_BYTES} bytes`)
  const position = Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) : null
  return { kind: record.kind, recordId: record.recordId, id: position, wire: value, line }
}

function textOf(value: JsonObject): string | null {
  try {
    const line = JSON.stringify(value)
    return 'fault' in scanJson(Buffer.from(line), { depth: MAX_DEPTH + 1 }) ? null : line
  } catch {
    return null // Deeper than the stack.
  }
}

function printed(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 200)
  return typeof value === 'number' ? String(value) : ''
}
