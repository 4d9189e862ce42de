import { CoordError } from '../../base/errors.js'
import { combinesFiles } from '../../kinds/combine-payloads.js'
import { createSeal, type Seal } from '../../kinds/seal.js'
import { RULES } from '../../record/merge/rules.js'
import { BATCH_RECORDS } from '../../record/protocol.js'
import { isForeign } from '../../workspace/committed-files.js'
import type { RecordFile } from '../../workspace/record-files.js'
import { combinedRecords } from './combined-records.js'
import { openRecordFile, outgoingRecord } from './open-record-file.js'
import { filesOf, type Outbox, type OutgoingRecord } from './outbox.js'

/**
 * How many records are looked ahead for one of the same id. As many as go into a batch: the first batch leaves when they
 * are read, and copies of a file stand beside it by name.
 */
const WINDOW = BATCH_RECORDS

/**
 * The records of one kind that have to be sent, in the order of their files' names; read as they are asked for.
 *
 * A file that cannot be sent is added to `ignored` and never stops the rest. Where two files hold one id, the newer is
 * sent and the other is left out; should they stand more than {@link WINDOW} names apart both are sent, and the hub's
 * merge rule decides and tells. Where the kind combines them, they are one record.
 *
 * @param everyContent trusts nothing that is remembered
 */
export async function outgoing(outbox: Outbox, everyContent: boolean): Promise<Iterable<OutgoingRecord>> {
  const { kind, sent, only } = outbox
  const areCombined = combinesFiles(kind)
  const everyFile = RULES[kind.merge].isRewritten || areCombined
  if (RULES[kind.merge].isCounted) sent.noteRevisions()
  const files = sent.candidates({ everyFile, everyContent, areCombined, only })
  const first = files.next()
  // Most pushes have nothing to look at in most kinds, and need no schema for that.
  if (first.done) return []
  const seal = await sealOf(outbox)
  const all = ownFiles(outbox, withFirst(first.value, files))
  const records = areCombined ? combinedRecords(outbox, kind, all, seal) : recordsIn(outbox, all, seal)
  return unknown(outbox, records, everyContent)
}

function* withFirst<T>(first: T, others: Iterable<T>): Generator<T> {
  yield first
  yield* others
}

/** What git tracks is left out: nobody has this user sign what came with a clone. */
function* ownFiles({ ignored, repo }: Outbox, files: Iterable<RecordFile>): Generator<RecordFile> {
  for (const file of files) {
    if (!isForeign(repo, file)) yield file
    else
      ignored.push({
        path: file.path,
        reason: 'is tracked by git, or being written by it, so anybody may have written it',
      })
  }
}

/** A kind that cannot be used costs its own records and nobody else's: its files are left out, each by name. */
async function sealOf(outbox: Outbox): Promise<Seal> {
  try {
    return await createSeal(outbox.kind)
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    const fault = error.message
    return () => ({ fault, isOfKind: true })
  }
}

function* recordsIn(outbox: Outbox, files: Iterable<RecordFile>, seal: Seal): Generator<OutgoingRecord> {
  const window = new Map<string, OutgoingRecord>()
  for (const file of files) {
    const record = examine(outbox, file, seal)
    if (record === null) continue
    const rival = window.get(record.recordId)
    if (rival !== undefined && rival.file.modifiedAt > file.modifiedAt) {
      leaveOut(outbox, file, rival)
      continue
    }
    if (rival !== undefined) leaveOut(outbox, rival.file, record)
    window.set(record.recordId, record)
    if (window.size > WINDOW) yield takeFirst(window)
  }
  yield* window.values()
}

/** The record in a file, or `null` for one that is left out. */
function examine(outbox: Outbox, file: RecordFile, seal: Seal): OutgoingRecord | null {
  const { sent } = outbox
  const opened = openRecordFile(outbox, file, seal)
  if (opened === null) return null
  const { recordId } = opened.record
  const rivals = sent.rivals(file, recordId)
  const newer = rivals.find(({ modifiedAt }) => modifiedAt > file.modifiedAt)
  if (newer !== undefined) {
    leaveOut(outbox, file, { recordId, file: newer })
    return null
  }
  for (const older of rivals) {
    leaveOut(outbox, older, { recordId, file })
    sent.knownCount -= 1
  }
  return outgoingRecord(outbox, opened, file)
}

/** Passes on what the hub is not known to hold; of the rest the files have changed and their content has not. */
function* unknown(outbox: Outbox, records: Iterable<OutgoingRecord>, everyContent: boolean): Generator<OutgoingRecord> {
  for (const record of records) {
    const { recordId, hash } = record
    const areHeld = filesOf(record).every((file) => outbox.sent.holds(file, recordId, hash))
    if (areHeld && !everyContent) outbox.held.push(record)
    else {
      outbox.outgoingCount += 1
      yield record
    }
  }
}

function leaveOut({ ignored }: Outbox, file: RecordFile, newer: { recordId: string; file: RecordFile }): void {
  ignored.push({
    path: file.path,
    reason: `holds the record id ${newer.recordId} of the newer file ${newer.file.name}`,
  })
}

function takeFirst(window: Map<string, OutgoingRecord>): OutgoingRecord {
  const [id, record] = window.entries().next().value as [string, OutgoingRecord]
  window.delete(id)
  return record
}
