import { isDeepStrictEqual } from 'node:util'
import { type CombiningKind, combinePayloads } from '../../kinds/combine-payloads.js'
import { type Seal, type SealFault, sealLike } from '../../kinds/seal.js'
import type { JsonObject } from '../../record/record.js'
import type { RecordFile } from '../../workspace/record-files.js'
import { type OpenedFile, openRecordFile, outgoingRecord } from './open-record-file.js'
import type { Outbox, OutgoingRecord } from './outbox.js'

interface Part {
  readonly file: RecordFile
  readonly opened: OpenedFile
}

/**
 * The records of a kind that combines files: one a record id, of the files that are given and of those beside them that
 * are as the hub knows them. A single file travels as its writer spelt it. Files that cannot be combined are left out, each
 * by name.
 */
export function* combinedRecords(
  outbox: Outbox,
  kind: CombiningKind,
  files: Iterable<RecordFile>,
  seal: Seal,
): Generator<OutgoingRecord> {
  // Files are named after anything, so one of the same id may be the last.
  const groups = new Map<string, Part[]>()
  for (const file of files) {
    const opened = openRecordFile(outbox, file, seal)
    if (opened === null) continue
    const { recordId } = opened.record
    const parts = groups.get(recordId)
    if (parts === undefined) groups.set(recordId, [{ file, opened }])
    else parts.push({ file, opened })
  }
  for (const [recordId, found] of groups) {
    const parts = [...found, ...unchangedSiblings(outbox, recordId, found, seal)].sort(byWriting)
    const combined = combine(kind, recordId, parts, seal, outbox.beside.get(recordId))
    const [newest, ...older] = parts.map(({ file }) => file).reverse() as [RecordFile, ...RecordFile[]]
    if ('fault' in combined) {
      if (combined.isOfKind) outbox.fault ??= combined.fault
      for (const { file } of parts) outbox.ignored.push({ path: file.path, reason: combined.fault })
    } else yield outgoingRecord(outbox, combined, newest, older)
  }
}

function unchangedSiblings(outbox: Outbox, recordId: string, found: readonly Part[], seal: Seal): Part[] {
  const { sent } = outbox
  const names = new Set(found.map(({ file }) => file.name))
  const [first] = found as [Part]
  const siblings = sent.rivals(first.file, recordId).flatMap((file): Part[] => {
    const opened = names.has(file.name) ? null : openRecordFile(outbox, file, seal)
    return opened === null || opened.record.recordId !== recordId ? [] : [{ file, opened }]
  })
  // They were counted as a record that needs no look.
  if (siblings.length > 0) sent.knownCount -= 1
  return siblings
}

function combine(
  kind: CombiningKind,
  recordId: string,
  parts: readonly Part[],
  seal: Seal,
  beside: JsonObject | undefined,
): OpenedFile | SealFault {
  const [single] = parts
  const own = parts.map(({ opened }) => opened.record.payload)
  const hasMore = beside !== undefined && saysMore(kind, beside, own)
  if (parts.length === 1 && single !== undefined && !hasMore) return single.opened
  // What stands elsewhere comes first: of two words on one thing the later one is here.
  const combined = combinePayloads(kind, hasMore ? [beside, ...own] : own)
  if ('fault' in combined) return combined
  const texts = parts.map(({ opened: { record, payloadText } }) => ({ value: record.payload, text: payloadText }))
  const sealed = sealLike(seal, combined.payload, recordId, texts.reverse())
  if ('fault' in sealed || sealed.record.recordId === recordId) return sealed
  return { fault: `combine of "${kind.name}" gave another record id`, isOfKind: true }
}

/** What this store has sent before says nothing that is not here, and then it goes as its writer spelt it. */
function saysMore(kind: CombiningKind, beside: JsonObject, own: readonly JsonObject[]): boolean {
  const [alone, together] = [combinePayloads(kind, own), combinePayloads(kind, [beside, ...own])]
  return 'fault' in alone || 'fault' in together || !isDeepStrictEqual(alone.payload, together.payload)
}

function byWriting(one: Part, other: Part): number {
  return one.file.modifiedAt - other.file.modifiedAt || (one.file.name < other.file.name ? -1 : 1)
}
