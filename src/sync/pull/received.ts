import { MAX_DEPTH, scanJson } from '../../base/json/scan.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { isJsonObject, MAX_RECORD_BYTES, type StoredRecord } from '../../record/record.js'
import { readRecord, storedRecord } from '../../record/wire.js'

/** A record that was not written, and why. `kind` and `recordId` as the hub gave them, cut short, and empty where they are no text. */
export interface RefusedRecord {
  kind: string
  recordId: string
  reason: string
}

/** A record from a hub that may be written: kind registered, id safe, shape right. */
export interface ReceivedRecord {
  readonly record: StoredRecord
  /** The same as the hub sent it, with fields that this program does not know. */
  readonly line: string
}

/**
 * Judges a record from a hub. The hub is a stranger: its kinds and ids become paths.
 *
 * @param line the record as the hub sent it, without blanks between tokens
 */
export function receive(value: unknown, line: string, registry: KindRegistry): ReceivedRecord | RefusedRecord {
  if (!isJsonObject(value)) return { kind: '', recordId: '', reason: 'is no JSON object' }
  const { kind, record_id: recordId } = value
  const refuse = (reason: string): RefusedRecord => ({ kind: printed(kind), recordId: printed(recordId), reason })
  const bytes = Buffer.from(line)
  const scan = scanJson(bytes, { depth: MAX_DEPTH + 1 })
  // Before anything is quoted: what was made to break its readers must not be printed either.
  if ('fault' in scan) return refuse(`is nested deeper than ${MAX_DEPTH} levels`)
  const opened = readRecord(value)
  if ('fault' in opened) return refuse(opened.fault)
  if (registry.get(opened.record.kind) === undefined) return refuse('no plugin here registers this kind')
  if (bytes.length > MAX_RECORD_BYTES) return refuse(`is over ${MAX_RECORD_BYTES} bytes`)
  return { record: storedRecord(opened.record, value), line }
}

function printed(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 200)
  return typeof value === 'number' ? String(value) : ''
}
