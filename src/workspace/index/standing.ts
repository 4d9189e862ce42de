import type { Kind, RecordSource, Spoken } from '../../kinds/kind.js'
import { readingRecords } from '../../kinds/records-fault.js'
import type { KindRegistry } from '../../kinds/registry.js'
import type { JsonObject } from '../../record/record.js'
import { isOneRun } from '../../record/run-name.js'
import { endsOf } from '../ends-of.js'
import { entriesOf } from '../entries-of.js'
import { type Copy, type Entry, WHOEVER_COMMITTED } from '../entry.js'
import { NOBODY, type Viewer } from '../viewer.js'
import { byRank, type Ranked, type RankedPage, rankOf, rowsAfter } from './ranked.js'

/** Where {@link Standing} has the copies from. */
export interface CopySource {
  /** What verbs read of a kind: all that is not over, and what of the rest has to do with it. In no order. */
  kept(kind: Kind): readonly Copy[]
  /** Every copy of some record ids. */
  named(kind: Kind, recordIds: readonly string[]): readonly Copy[]
  /**
   * A page of what is kept of a kind, in the order of its rank; maybe with an id twice. Left out: all are read and sorted.
   *
   * @param after where the page before ended; `null`: there was none
   * @param count how many are read of each directory at most
   */
  ranked?(kind: Kind, after: Ranked | null, count: number): RankedPage
  /** Whether {@link named} reads the copies of those ids alone, and not all of the kind. */
  readonly isIndexed?: boolean
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
  readonly #singles = new Map<string, Entry | undefined>()
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
    // Who wrote the repository ends nothing that others have, and everybody may end what that one has.
    if (by.author === WHOEVER_COMMITTED) return false
    if (record.author === WHOEVER_COMMITTED) return isOfTheRun
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
    return (this.#keptOf(kindName, recordId) ?? this.#single(kindName, recordId)) as unknown as Entry<P> | undefined
  }

  namedAll(kindName: string, recordIds: readonly string[]): ReadonlyMap<string, Entry> {
    this.#readSingles(kindName, recordIds)
    return new Map(
      recordIds.flatMap((id) => {
        const entry = this.named(kindName, id)
        return entry === undefined ? [] : [[id, entry]]
      }),
    )
  }

  /** Of what was read of the kind already, or is read at once where one costs as much as all. */
  #keptOf(kindName: string, recordId: string): Entry | undefined {
    return this.#isRead(kindName) ? this.#byId(kindName).get(recordId) : undefined
  }

  #isRead(kindName: string): boolean {
    return this.#entries.has(kindName) || this.#source.isIndexed !== true
  }

  /** The entry of one record id, kept or not, read once. */
  #single(kindName: string, recordId: string): Entry | undefined {
    const key = `${kindName}/${recordId}`
    if (!this.#singles.has(key)) this.#readSingles(kindName, [recordId])
    return this.#singles.get(key)
  }

  /** Reads those that nobody has asked for yet, together. */
  #readSingles(kindName: string, recordIds: readonly string[]): void {
    const isKnown = (id: string) => this.#singles.has(`${kindName}/${id}`) || this.#keptOf(kindName, id) !== undefined
    const unknown = recordIds.filter((id) => !isKnown(id))
    if (unknown.length === 0) return
    const kind = this.#kind(kindName)
    const copies = readingRecords(() => this.#source.named(kind, unknown))
    for (const id of unknown) this.#singles.set(`${kindName}/${id}`, undefined)
    for (const entry of entriesOf(kind, copies, this.now)) this.#singles.set(`${kindName}/${entry.recordId}`, entry)
  }

  /**
   * The ids of a kind's records that are alive, in the order of their rank. No more of them are read than are asked for. One
   * whose copies differ may stand where another copy of it does.
   */
  *ranked(kindName: string): Generator<string, void> {
    const kind = this.#kind(kindName)
    const { ranked } = this.#source
    if (ranked === undefined) {
      yield* this.entries(kindName)
        .flatMap(({ recordId, payload }) => {
          const rank = rankOf(kind, payload)
          return rank === null ? [] : [{ rank, recordId }]
        })
        .sort(byRank)
        .map(({ recordId }) => recordId)
      return
    }
    const told = new Set<string>()
    let after: Ranked | null = null
    for (let count = rowsAfter(0); ; count = rowsAfter(count)) {
      const { page, isLast }: RankedPage = readingRecords(() => ranked(kind, after, count))
      for (const { recordId } of page) {
        if (!told.has(recordId)) yield recordId
        told.add(recordId)
      }
      if (isLast) return
      after = page.at(-1) ?? null
    }
  }

  endOf(kindName: string, recordId: string): number | null | undefined {
    const entry = this.#byId(kindName).get(recordId)
    if (entry !== undefined) return this.endOfKept(kindName, entry)
    const kind = this.#kind(kindName)
    return readingRecords(() => this.#source.endOf(kind, recordId))
  }

  /** The same of a record that is kept, as it stands. */
  endOfKept(kindName: string, entry: Entry): number | null {
    const key = `${kindName}/${entry.recordId}`
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
