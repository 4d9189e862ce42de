import { CoordError } from '../../base/errors.js'
import { compactText } from '../../base/json/compact.js'
import type { Kind } from '../../kinds/kind.js'
import { createSeal, type Seal } from '../../kinds/seal.js'
import { RULES } from '../../record/merge/rules.js'
import { BATCH_RECORDS } from '../../record/protocol.js'
import { wireText } from '../../record/wire.js'
import { contentHash, type SentFiles } from '../../workspace/index/sent-files.js'
import { type IgnoredFile, type RecordFile, readPayload } from '../../workspace/record-files.js'

/** A record that the hub is not known to hold, ready to go into a batch. */
export interface OutgoingRecord {
  readonly outbox: Outbox
  readonly recordId: string
  /** The record as JSON, in the spelling of the wire. */
  readonly json: string
  readonly bytes: number
  readonly file: RecordFile
  readonly hash: string
}

/** What a kind's local files amount to, complete once its {@link outgoing} records have been gone through. */
export interface Outbox {
  readonly kind: Kind
  readonly sent: SentFiles
  /** The names of the files to look at; `undefined`: all that the hub is not known to hold. */
  readonly only: ReadonlySet<string> | undefined
  /** Records found to be at the hub already; those that needed no look are counted in `sent.knownCount`. */
  readonly held: OutgoingRecord[]
  /** Records that had to be sent. */
  outgoingCount: number
  readonly ignored: IgnoredFile[]
  /** Files that break the schema of their kind, and are sent. */
  readonly warnings: IgnoredFile[]
  /** Why no record of the kind can be sent; `null`: nothing is wrong with it. */
  fault: string | null
}

export function createOutbox(kind: Kind, sent: SentFiles, only?: ReadonlySet<string>): Outbox {
  return { kind, sent, only, held: [], outgoingCount: 0, ignored: sent.ignored, warnings: [], fault: null }
}

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
 * merge rule decides and tells.
 *
 * @param everyContent trusts nothing that is remembered
 */
export async function outgoing(outbox: Outbox, everyContent: boolean): Promise<Iterable<OutgoingRecord>> {
  const { kind, sent, only } = outbox
  const files = sent.candidates({ everyFile: RULES[kind.merge].isRewritten, everyContent, only })
  const first = files.next()
  // Most pushes have nothing to look at in most kinds, and need no schema for that.
  return first.done ? [] : recordsIn(outbox, first.value, files, await sealOf(outbox), everyContent)
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

function* recordsIn(
  outbox: Outbox,
  first: RecordFile,
  others: Iterator<RecordFile>,
  seal: Seal,
  everyContent: boolean,
): Generator<OutgoingRecord> {
  const window = new Map<string, OutgoingRecord>()
  for (let file: RecordFile | undefined = first; file !== undefined; file = nextOf(others)) {
    const record = examine(outbox, file, seal)
    if (record === null) continue
    const rival = window.get(record.recordId)
    if (rival !== undefined && rival.file.modifiedAt > file.modifiedAt) {
      leaveOut(outbox, file, rival)
      continue
    }
    if (rival !== undefined) leaveOut(outbox, rival.file, record)
    window.set(record.recordId, record)
    if (window.size > WINDOW) yield* unknown(outbox, takeFirst(window), everyContent)
  }
  for (const record of window.values()) yield* unknown(outbox, record, everyContent)
}

function nextOf<T>(iterator: Iterator<T>): T | undefined {
  const { done, value } = iterator.next()
  return done ? undefined : value
}

/** The record in a file, or `null` for one that is left out. */
function examine(outbox: Outbox, file: RecordFile, seal: Seal): OutgoingRecord | null {
  const { sent, ignored } = outbox
  const reading = readPayload(file.path)
  if ('reason' in reading) {
    ignored.push({ path: file.path, reason: reading.reason })
    return null
  }
  const { payload, bytes } = reading
  const sealed = seal(payload, file.name.slice(0, -'.json'.length), compactText(bytes))
  if ('fault' in sealed) {
    if (sealed.isOfKind) outbox.fault ??= sealed.fault
    ignored.push({ path: file.path, reason: sealed.fault })
    return null
  }
  const { recordId } = sealed.record
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
  if (sealed.warning !== null) outbox.warnings.push({ path: file.path, reason: sealed.warning })
  const json = wireText(sealed.record, sealed.payloadText)
  return { outbox, recordId, json, bytes: Buffer.byteLength(json), file, hash: contentHash(json) }
}

/** Passes a record on, unless the hub is known to hold just this: then the file has changed and its content has not. */
function* unknown(outbox: Outbox, record: OutgoingRecord, everyContent: boolean): Generator<OutgoingRecord> {
  if (everyContent || !outbox.sent.holds(record.file, record.recordId, record.hash)) {
    outbox.outgoingCount += 1
    yield record
  } else outbox.held.push(record)
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

/** Closes the books on a kind once all of its batches have been sent. */
export function settle({ sent, held }: Outbox): void {
  sent.record(held)
  sent.settle()
}
