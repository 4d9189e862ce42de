import type { Kind, RecordSource, Spoken } from '../../kinds/kind.js'
import { readingRecords } from '../../kinds/records-fault.js'
import type { KindRegistry } from '../../kinds/registry.js'
import type { JsonObject } from '../../record/record.js'
import { isOneRun } from '../../record/run-name.js'
import { endsOf } from '../ends-of.js'
import { entriesOf } from '../entries-of.js'
import type { Copy, Entry } from '../entry.js'
import { NOBODY, type Viewer } from '../viewer.js'

/** Where {@link Standing} has the copies from. */
export interface CopySource {
  /** What verbs read of a kind: all that is not over, and what of the rest has to do with it. In no order. */
  kept(kind: Kind): readonly Copy[]
  /** Every copy of one record id. */
  named(kind: Kind, recordId: string): readonly Copy[]
  /** When a record ends that is not kept: milliseconds since 1970, `null`: never, `undefined`: there is none. */
  endOf(kind: Kind, recordId: string): number | null | undefined
}

type EndOf = (entry: Entry) => number | null

/** The records of a store that count at a moment, each record id once. */
export class Standing implements RecordSource {
  readonly now: number
  readonly #registry: KindRegistry
  readonly #source: CopySource
  readonly #entries = new Map<string, ReadonlyMap<string, Entry>>()
  readonly #rules = new Map<string, EndOf>()
  /** By kind and record id; `undefined` while it is being found out. */
  readonly #ends = new Map<string, number | null | undefined>()

  readonly #viewer: Viewer
  #hasAskedViewer = false

  constructor(registry: KindRegistry, source: CopySource, now: number, viewer: Viewer = NOBODY) {
    this.#registry = registry
    this.#source = source
    this.now = now
    this.#viewer = viewer
  }

  /** Whether an answer depended on who looks. */
  get hasAskedViewer(): boolean {
    return this.#hasAskedViewer
  }

  mayEnd(record: Spoken, by: Spoken): boolean {
    const { runId, payload } = by
    const isOfTheRun = runId === '' || isOneRun(runId, record.runId) || payload.forced === true
    if (record.author === by.author) return isOfTheRun
    const { handle, owner } = readingRecords(() => ({ handle: this.#viewer.handle, owner: this.#viewer.owner }))
    this.#hasAskedViewer = true
    const [author, speaker] = [record.author ?? handle, by.author ?? handle]
    if (author === null || speaker === null || author === speaker) return isOfTheRun
    return speaker === owner
  }

  entries<P extends object = JsonObject>(kindName: string): readonly Entry<P>[] {
    return [...this.#byId(kindName).values()] as unknown as readonly Entry<P>[]
  }

  named<P extends object = JsonObject>(kindName: string, recordId: string): Entry<P> | undefined {
    const kept = this.#byId(kindName).get(recordId)
    if (kept !== undefined) return kept as unknown as Entry<P>
    const kind = this.#kind(kindName)
    const copies = readingRecords(() => this.#source.named(kind, recordId))
    const [entry] = entriesOf(kind, copies, this.now)
    return entry as unknown as Entry<P> | undefined
  }

  endOf(kindName: string, recordId: string): number | null | undefined {
    const entry = this.#byId(kindName).get(recordId)
    if (entry === undefined) {
      const kind = this.#kind(kindName)
      return readingRecords(() => this.#source.endOf(kind, recordId))
    }
    const key = `${kindName}/${recordId}`
    // Two that ask for each other's end: the one that was asked first is told that nothing ends the other.
    if (this.#ends.has(key)) return this.#ends.get(key) ?? null
    this.#ends.set(key, undefined)
    const end = this.endOfEntry(kindName, entry)
    this.#ends.set(key, end)
    return end
  }

  /** When a record of the kind ends that stands as it is given. */
  endOfEntry(kindName: string, entry: Entry): number | null {
    return this.#rule(kindName)(entry)
  }

  #rule(kindName: string): EndOf {
    let rule = this.#rules.get(kindName)
    if (rule === undefined) {
      rule = endsOf(this.#kind(kindName), this)
      this.#rules.set(kindName, rule)
    }
    return rule
  }

  #byId(kindName: string): ReadonlyMap<string, Entry> {
    let entries = this.#entries.get(kindName)
    if (entries === undefined) {
      const kind = this.#kind(kindName)
      const copies = readingRecords(() => this.#source.kept(kind))
      entries = new Map(entriesOf(kind, copies, this.now).map((entry) => [entry.recordId, entry]))
      this.#entries.set(kindName, entries)
    }
    return entries
  }

  /** Throws `KIND_UNKNOWN`. */
  #kind(kindName: string): Kind {
    return this.#registry.select([kindName])[0] as Kind
  }
}
