import type { Kind } from '../../kinds/kind.js'
import type { LeaseNumbers } from '../../record/lease-numbers.js'
import type { JsonObject } from '../../record/record.js'
import { nextRevision } from '../../record/wire.js'
import type { SentFiles } from '../../workspace/index/sent-files.js'
import type { IgnoredFile, RecordFile } from '../../workspace/record-files.js'
import type { Repo } from '../../workspace/repo.js'
import type { Remark } from '../../workspace/state/remarks.js'

/** A record that the hub is not known to hold, ready to go into a batch. */
export interface OutgoingRecord {
  readonly outbox: Outbox
  readonly recordId: string
  /** The record as JSON, in the spelling of the wire. */
  readonly json: string
  readonly bytes: number
  readonly file: RecordFile
  /** The other files that it was combined of. */
  readonly siblings: readonly RecordFile[]
  readonly hash: string
  /** The revision that it replaces, `null`: none; `undefined` for records that have no revisions. */
  readonly after: number | null | undefined
  /** Of a lease; `undefined` for every other record. */
  readonly order: LeaseNumbers | undefined
}

/** What a kind's local files amount to, complete once all that is outgoing has been gone through. */
export interface Outbox {
  readonly kind: Kind
  readonly sent: SentFiles
  readonly repo: Repo
  /** The names of the files to look at; `undefined`: all that the hub is not known to hold. */
  readonly only: ReadonlySet<string> | undefined
  /** Of a kind that combines: by record id what others of this user have written of it, which goes into what is sent. */
  readonly beside: ReadonlyMap<string, JsonObject>
  /** Records found to be at the hub already; those that needed no look are counted in `sent.knownCount`. */
  readonly held: OutgoingRecord[]
  /** Records that had to be sent. */
  outgoingCount: number
  readonly ignored: IgnoredFile[]
  /** Files that break the schema of their kind, and are sent. */
  readonly warnings: { readonly file: RecordFile; readonly recordId: string; readonly reason: string }[]
  /** Why no record of the kind can be sent; `null`: nothing is wrong with it. */
  fault: string | null
}

export function createOutbox(
  kind: Kind,
  sent: SentFiles,
  repo: Repo,
  only?: ReadonlySet<string>,
  beside: Outbox['beside'] = new Map(),
): Outbox {
  return {
    kind,
    sent,
    repo,
    only,
    beside,
    held: [],
    outgoingCount: 0,
    ignored: sent.ignored,
    warnings: [],
    fault: null,
  }
}

/** Remembers that the hub holds these records, each by all of its files. */
export function remember(sent: SentFiles, records: readonly OutgoingRecord[]): void {
  sent.record(
    records.flatMap((record) => {
      const { recordId, hash, after } = record
      const revision = after === undefined ? undefined : nextRevision(after)
      return filesOf(record).map((file) => ({ file, recordId, hash, revision }))
    }),
  )
}

/** All files that a record is made of. */
export function filesOf({ file, siblings }: OutgoingRecord): readonly RecordFile[] {
  return [file, ...siblings]
}

/** Closes the books on a kind once all of its batches have been sent. */
export function closeOutbox({ sent, held }: Outbox): void {
  remember(sent, held)
  sent.finish()
}

/** A file as a remark tells of it. */
export function asSent({ directory }: Kind, { name, signature }: RecordFile): NonNullable<Remark['file']> {
  return { name: `${directory}/${name}`, signature }
}
