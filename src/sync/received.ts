import type { KindRegistry } from '../kinds/registry.js'
import { isJsonObject, type JsonObject, quote, recordFault } from '../record.js'

/** A record that was not written, and why. `kind` and `recordId` as the hub gave them, as far as they are text. */
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
}

/** Judges a record from a hub. The hub is a stranger: its kinds and ids become paths. */
export function receive(value: unknown, registry: KindRegistry): ReceivedRecord | RefusedRecord {
  const fault = recordFault(value)
  const { kind, record_id: recordId, id } = isJsonObject(value) ? value : {}
  const refuse = (reason: string): RefusedRecord => ({ kind: printed(kind), recordId: printed(recordId), reason })
  if (fault !== null) return refuse(fault)
  if (typeof kind !== 'string' || registry.get(kind) === undefined) return refuse('no plugin here registers this kind')
  if (!Number.isSafeInteger(id) || (id as number) < 1) return refuse(`has no valid id: ${quote(id)}`)
  return { kind, recordId: recordId as string, id: id as number, wire: value as JsonObject }
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : value === undefined ? '' : quote(value)
}
