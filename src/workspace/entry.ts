import { basename } from 'node:path'
import { compactText } from '../base/json/compact.js'
import { scanJson } from '../base/json/scan.js'
import type { Spelt } from '../base/json/spelling.js'
import { quote } from '../base/quote.js'
import type { Kind } from '../kinds/kind.js'
import { toRecord } from '../kinds/seal.js'
import type { leaseEnd } from '../record/merge/lease-end.js'
import type { JsonObject, StoredRecord } from '../record/record.js'
import { readRecord, storedRecord } from '../record/wire.js'
import { type NoPayload, type RecordFile, readPayload, readWholeRecord } from './record-files.js'
import type { Repo } from './repo.js'

/**
 * The author of a record file that came with a clone or a branch: whoever wrote the repository. It is the handle of nobody, for
 * handles begin otherwise.
 */
export const WHOEVER_COMMITTED = '.git'

/** One file that holds a record: one of this workspace's own, or one that a pull brought. */
export interface Copy<P extends object = JsonObject> {
  /** Name of the kind. */
  readonly kind: string
  readonly recordId: string
  /** `''` where the payload names none. */
  readonly runId: string
  /** As its writer wrote it: the kind's schema has not been asked, so whoever reads a field checks it. */
  readonly payload: P
  /** ISO 8601; `null`: never lapses. */
  readonly expiresAt: string | null
  readonly origin: 'local' | 'remote'
  /** Position in the space; `null` for what is local. */
  readonly id: number | null
  /** The handle that signed the push; `null` for what is local, or where the hub names none; see also {@link WHOEVER_COMMITTED}. */
  readonly author: string | null
  /** The fencing number of a lease, as the hub gave it. */
  readonly token: number | null
  /** When the hub took it, by the hub's clock. */
  readonly receivedAt: string | null
  /** Path of the file. */
  readonly file: string
  /** When this content came into the workspace: milliseconds since 1970, by the file system's clock. */
  readonly arrivedAt: number
}

/** What stands for a record id, and whether it still holds. */
export interface Entry<P extends object = JsonObject> extends Copy<P> {
  /** Whether it had lapsed when the view was asked. */
  readonly lapsed: boolean
  /** When it lapses: milliseconds since 1970, `null`: never. For a lease that names no end see {@link leaseEnd}. */
  readonly lapsesAt: number | null
  /**
   * The other files of the same id, which this one stands before: older local ones, the hub's copy. Where the kind combines
   * local files, all of those, each as it is: {@link file} is the newest.
   */
  readonly shadowed: readonly Copy<P>[]
}

/** A copy, or why the file holds none: the rest of a sentence that begins with its name. */
export type CopyReading = { readonly copy: Copy } | NoPayload

/**
 * Reads a file of the kind's own directory.
 *
 * @param author `null`: the user of the store, or {@link WHOEVER_COMMITTED}
 */
export function readLocalCopy(kind: Kind, file: RecordFile, author: string | null): CopyReading {
  const reading = readPayload(file)
  if ('reason' in reading) return reading
  const sealed = toRecord(kind, reading.payload, basename(file.name, '.json'))
  if ('fault' in sealed) return { reason: `is no record: ${sealed.fault}` }
  const origin = { origin: 'local', id: null, author, token: null, receivedAt: null } as const
  return { copy: { ...sealed.record, ...origin, file: file.path, arrivedAt: file.modifiedAt } }
}

/** Reads a file that a pull wrote. It may be anybody's by now, so it is checked like an answer of a hub. */
export function readRemoteCopy(kind: Kind, file: RecordFile): CopyReading {
  const reading = readWholeRecord(file)
  if ('reason' in reading) return reading
  const opened = readRecord(reading.payload)
  if ('fault' in opened) return { reason: opened.fault }
  const { record } = opened
  if (record.kind !== kind.name) return { reason: `holds a record of the kind ${quote(record.kind)}` }
  if (`${record.recordId}.json` !== file.name) return { reason: `holds another record: ${quote(record.recordId)}` }
  return { copy: pulledCopy(storedRecord(record, reading.payload), file) }
}

/** The copy that a file is which holds a record as a hub gave it. */
export function pulledCopy(record: StoredRecord, { path, modifiedAt }: Pick<RecordFile, 'path' | 'modifiedAt'>): Copy {
  const { kind, recordId, runId, payload, expiresAt, id, author, token, receivedAt } = record
  const [origin, file, arrivedAt] = ['remote' as const, path, modifiedAt]
  return { kind, recordId, runId, payload, expiresAt, origin, id, author, token, receivedAt, file, arrivedAt }
}

/** The payload of a copy as it stands in its file now; `null` where there is none any more. */
export function payloadAsSpelt(repo: Repo, { file, origin }: Pick<Copy, 'file' | 'origin'>): Spelt | null {
  const place = { folder: repo.coordination, name: repo.coordination.nameOf(file) }
  const reading = origin === 'local' ? readPayload(place) : readWholeRecord(place)
  if ('reason' in reading) return null
  const { payload: value, bytes } = reading
  if (origin === 'local') return { value, text: compactText(bytes) }
  const outline = scanJson(bytes, {}, [['payload']])
  const span = 'spans' in outline ? outline.spans[0]?.[0] : undefined
  return span === undefined ? null : { value: value.payload, text: compactText(bytes, span) }
}

/** When a copy came: milliseconds since 1970, by the hub's clock for what it took, by the file system's for what is here only. */
export function cameAt({ receivedAt, arrivedAt }: Pick<Copy, 'receivedAt' | 'arrivedAt'>): number {
  return receivedAt === null ? arrivedAt : Date.parse(receivedAt)
}
