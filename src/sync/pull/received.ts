import { jsonWithin, MAX_DEPTH } from '../../base/json/nesting.js'
import { quote } from '../../base/quote.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { isJsonObject, type JsonObject, MAX_RECORD_BYTES, recordFault } from '../../record/record.js'

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
  /** Position in the space. */
  readonly id: number
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
  // What was made to break its readers must not be printed either.
  const line = jsonWithin(value, MAX_DEPTH + 1)
  if (line === null) return refuse(`is nested deeper than ${MAX_DEPTH} levels`)
  const fault = recordFault(value)
  if (fault !== null) return refuse(fault)
  if (typeof kind !== 'string' || registry.get(kind) === undefined) return refuse('no plugin here registers this kind')
  if (!Number.isSafeInteger(id) || (id as number) < 1) return refuse(`has no valid id: ${quote(id)}`)
  if (Buffer.byteLength(line) > MAX_RECORD_BYTES) return refuse(`is over ${MAX_RECORD_BYTES} bytes`)
  return { kind, recordId: recordId as string, id: id as number, wire: value, line }
}

function printed(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 200)
  return typeof value === 'number' ? String(value) : ''
}
