import { compactText } from '../../base/json/compact.js'
import type { Seal, Sealed } from '../../kinds/seal.js'
import { RULES } from '../../record/merge/rules.js'
import { wireText } from '../../record/wire.js'
import { contentHash } from '../../workspace/index/sent-files.js'
import { type RecordFile, readPayload } from '../../workspace/record-files.js'
import { orderOf } from './lease-order.js'
import type { Outbox, OutgoingRecord } from './outbox.js'

/** What a file holds, as it may travel. */
export type OpenedFile = Extract<Sealed, { readonly record: unknown }>

/** The record in a file; `null` for one that is left out, and then named. */
export function openRecordFile(outbox: Outbox, file: RecordFile, seal: Seal): OpenedFile | null {
  const reading = readPayload(file)
  if ('reason' in reading) {
    outbox.ignored.push({ path: file.path, reason: reading.reason })
    return null
  }
  const sealed = seal(reading.payload, file.name.slice(0, -'.json'.length), compactText(reading.bytes))
  if ('fault' in sealed) {
    if (sealed.isOfKind) outbox.fault ??= sealed.fault
    outbox.ignored.push({ path: file.path, reason: sealed.fault })
    return null
  }
  if (sealed.warning !== null) outbox.warnings.push({ file, recordId: sealed.record.recordId, reason: sealed.warning })
  return sealed
}

/** @param siblings the other files that the record is made of */
export function outgoingRecord(
  outbox: Outbox,
  { record, payloadText }: OpenedFile,
  file: RecordFile,
  siblings: readonly RecordFile[] = [],
): OutgoingRecord {
  const json = wireText(record, payloadText)
  const { recordId } = record
  const { kind, sent } = outbox
  const after = RULES[kind.merge].isCounted ? sent.revisionOf([file, ...siblings]) : undefined
  const order = orderOf(sent, kind, record)
  return {
    outbox,
    recordId,
    json,
    bytes: Buffer.byteLength(json),
    file,
    siblings,
    hash: contentHash(json),
    after,
    order,
  }
}
