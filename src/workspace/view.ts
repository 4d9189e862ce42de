import type { Clock } from '../base/clock.js'
import { coordError } from '../base/errors.js'
import type { Kind, RecordSource, Spoken } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import type { JsonObject } from '../record/record.js'
import { type Copy, cameAt, type Entry } from './entry.js'
import { FileCopies } from './file-copies.js'
import { holdsText } from './holds-text.js'
import { lookAgain } from './index/again.js'
import { CopyMemory } from './index/copy-memory.js'
import { placesOf, readCopies, readFaults, readIds } from './index/file-table.js'
import type { IndexDatabase } from './index/index-database.js'
import { indexedCopies, type Wanted } from './index/indexed-copies.js'
import { type LatestRecords, latestRecords } from './index/latest-records.js'
import { namingRecords, type TextSearch } from './index/naming-records.js'
import { nextOldRecords } from './index/old-records.js'
import { byRank, type Ranked, rankOf } from './index/ranked.js'
import { type IndexMark, type RecordsSince, recordsSince } from './index/records-since.js'
import { refreshIndex } from './index/refresh.js'
import { concernedBy } from './index/rejudge.js'
import { type CopySource, Standing } from './index/standing.js'
import type { StoreIndex } from './index/store-index.js'
import type { IgnoredFile } from './record-files.js'
import type { Repo } from './repo.js'
import { NOBODY, type Viewer } from './viewer.js'

/**
 * One picture of a workspace: its own records and those that a pull brought, each record id once. Every question looks at
 * the files anew; what is alive costs what is alive and what changed, everything costs everything.
 */
export class View implements RecordSource {
  readonly #repo: Repo
  readonly #registry: KindRegistry
  readonly #clock: Clock
  readonly #viewer: Viewer
  readonly #files: FileCopies
  /** Kept once somebody takes snapshots. */
  #memory: CopyMemory | null = null
  /** Of a snapshot what it has looked at; `null`: every question looks anew. */
  #looked: { index?: StoreIndex | null; readonly standing: Map<string, Standing> } | null = null
  /** See `LookOptions.slack`. */
  #slack = 0

  /** @param viewer whose the store's own records are; left out: nobody knows */
  constructor(repo: Repo, registry: KindRegistry, clock: Clock, viewer: Viewer = NOBODY) {
    this.#repo = repo
    this.#registry = registry
    this.#clock = clock
    this.#viewer = viewer
    this.#files = new FileCopies(repo, registry, viewer)
  }

  /**
   * A picture that stays as it is: every question is answered as of now, and what is asked twice is read once. For a process
   * that takes one after the other: what the one before has read of files that are as they were is not read again.
   *
   * @param slack milliseconds, for whoever has a hub decide: what other programs have rewritten in place within that time may be
   *   missed
   */
  snapshot(slack = 0): View {
    this.#memory ??= new CopyMemory()
    const { now } = this
    const snapshot = new View(this.#repo, this.#registry, { now: () => now }, this.#viewer)
    snapshot.#memory = this.#memory
    snapshot.#looked = { standing: new Map() }
    snapshot.#slack = slack
    return snapshot
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#clock.now()
  }

  /**
   * What is alive now: every record that is not over by its kind's word, and of those that are over the ones that have to do
   * with it; so whoever asks `ends`, `holds` or `open` of a kind may ask this. Looked at once, now.
   *
   * @param including ids of records that are wanted whether they are over or not, with all that mention them
   * @param overSince what was over only after this moment is wanted too: milliseconds since 1970
   */
  alive(including: Iterable<string> = [], overSince = this.now): Standing {
    return this.#standing({ including: [...including], now: overSince })
  }

  /**
   * What stood in a span of time: what was not over before `from` and had come by `to`, both milliseconds since 1970. Of what
   * is rewritten in place it is the last word, whenever that came.
   */
  between(from: number, to: number): Standing {
    return this.#standing({ including: [], now: Math.min(from, this.now), cameUntil: to })
  }

  /** The ids of the records that a run has written, or that hold a text, and maybe of some that hold it as a part of one. */
  naming(search: TextSearch): readonly string[] {
    const places = this.#registry.all.flatMap(placesOf)
    const found = this.#index()?.read((database) => namingRecords(database, places, search))
    if (found !== undefined) return [...new Set(found)]
    const { text, from, to } = search
    const isNaming = ({ runId, payload }: Entry) => runId === text || holdsText(payload, text)
    const entries = this.#registry.all.flatMap(({ name }) => this.entries(name))
    return entries.flatMap((entry) => {
      const came = cameAt(entry)
      return came > from && came <= to && isNaming(entry) ? entry.recordId : []
    })
  }

  /** The same for another moment than now, by which something is judged: milliseconds since 1970. */
  at(moment: number): Standing {
    return this.#once(
      `at ${moment}`,
      () => new Standing(this.#registry, this.#aliveCopies({ now: Math.min(moment, this.now) }), moment),
    )
  }

  /** Every record, at this moment. */
  everything(): Standing {
    return new Standing(this.#registry, this.#allCopies(), this.now, this.#viewer)
  }

  /**
   * What stands of a kind now, lapsed records too, in the order of their files' names: local ones first.
   *
   * @typeParam P the payload's shape as the kind's writers keep to it; nothing has checked it
   * @throws `KIND_UNKNOWN`
   */
  entries<P extends object = JsonObject>(kindName: string): readonly Entry<P>[] {
    return this.everything().entries<P>(kindName)
  }

  /** What stands for one record id, whether it is over or not. Throws `KIND_UNKNOWN`. */
  named<P extends object = JsonObject>(kindName: string, recordId: string): Entry<P> | undefined {
    return this.alive().named<P>(kindName, recordId)
  }

  /** The same for several, by their ids, of those that are there. Throws `KIND_UNKNOWN`. */
  namedAll(kindName: string, recordIds: readonly string[]): ReadonlyMap<string, Entry> {
    return this.alive().namedAll(kindName, recordIds)
  }

  /**
   * Looks again at records of a kind that were looked at a moment ago, for whoever asks for these by name: only their own files
   * are asked after. Throws `KIND_UNKNOWN`.
   */
  again(kindName: string, recordIds: readonly string[]): Pick<Standing, 'named'> {
    const { now } = this
    const judge = { now, viewer: this.#viewer }
    const index = lookAgain(this.#repo, this.#registry, this.#kind(kindName), recordIds, judge)
    const source = index === null ? this.#files.at(this.now) : this.#alive(index, { now })
    return new Standing(this.#registry, source, now, this.#viewer)
  }

  mayEnd(record: Spoken, by: Spoken): boolean {
    return this.alive().mayEnd(record, by)
  }

  endOf(kindName: string, recordId: string): number | null | undefined {
    return this.alive().endOf(kindName, recordId)
  }

  /** The newest records of some kinds, over or not. Throws `KIND_UNKNOWN`. */
  latest(kindNames: readonly string[], limit: number): LatestRecords {
    const kinds = this.#registry.select(kindNames)
    const found = this.#index()?.read((database) => latestRecords(this.#repo, database, kinds, limit, this.now))
    if (found !== undefined) return found
    const all = kinds.flatMap(({ name }) => this.entries(name))
    return { count: all.length, entries: all.sort((one, other) => cameAt(one) - cameAt(other)).slice(-limit) }
  }

  /**
   * The records of some kinds of which files came or changed since a mark, whatever the number of all; `null`: only who reads all
   * of them can tell. Throws `KIND_UNKNOWN`.
   *
   * @param since `null`: the mark alone is wanted, before all are read
   */
  since(kindNames: readonly string[], since: IndexMark | null): RecordsSince | null {
    const kinds = this.#registry.select(kindNames)
    const index = this.#index()
    const found = index?.read((database) =>
      recordsSince(this.#repo, database, index.identity ?? '', kinds, since, this.now),
    )
    return found ?? null
  }

  /**
   * The ids of some records that have been over for long, each call the next so many; none between two rounds through all
   * of them, and none where there is no index.
   *
   * @param endedBefore milliseconds since 1970
   */
  nextOld(endedBefore: number, limit: number): readonly string[] {
    // What has been over for long is not rewritten in this very second.
    return (
      this.#index({ slack: 1000 })?.change((database) =>
        nextOldRecords(database, { endedBefore, limit, now: this.now }),
      ) ?? []
    )
  }

  /** The ids of a kind's records, over or not, that begin with a text. Throws `KIND_UNKNOWN`. */
  ids(kindName: string, beginning = ''): readonly string[] {
    const kind = this.#kind(kindName)
    const found = this.#index()?.read((database) =>
      placesOf(kind).flatMap((place) => readIds(database, place, beginning)),
    )
    const ids = found ?? this.#files.of(kind).map(({ recordId }) => recordId)
    return [...new Set(ids.filter((id) => id.startsWith(beginning)))]
  }

  /** Files that hold no record, and why: those of some kinds, or of all of them. */
  problems(...kindNames: readonly string[]): readonly IgnoredFile[] {
    const places = this.#registry.select(kindNames).flatMap(placesOf)
    const found = this.#index()?.read((database) => places.flatMap((place) => readFaults(this.#repo, database, place)))
    return found ?? places.flatMap((place) => this.#files.problems(place))
  }

  /**
   * What could not be looked into since the last call, of the kinds named: what was found meanwhile may lack anything. The
   * index never stands for such a file, so only what was read without it can have met one.
   */
  takeUnread(kindNames: readonly string[]): readonly IgnoredFile[] {
    const places = this.#registry.select(kindNames).flatMap(placesOf)
    return places.flatMap((place) => this.#files.takeUnread(place))
  }

  /** For whoever has found nothing, which is an answer only where all could be read. Throws `FILE_FAILED` where it could not. */
  assertRead(kindNames: readonly string[]): void {
    const [unread] = this.takeUnread(kindNames)
    if (unread !== undefined) throw coordError('FILE_FAILED', unread.path, unread.reason)
  }

  #index({ everyFile = false, slack = this.#slack } = {}): StoreIndex | null {
    const known = everyFile ? undefined : this.#looked?.index
    if (known !== undefined) return known
    const index = refreshIndex(this.#repo, this.#registry, {
      now: this.now,
      everyFile,
      slack,
      viewer: this.#viewer,
    })
    if (this.#looked) this.#looked.index = index
    return index
  }

  #standing(wanted: Wanted): Standing {
    return this.#once(
      JSON.stringify(wanted),
      () => new Standing(this.#registry, this.#aliveCopies(wanted), this.now, this.#viewer),
    )
  }

  /** A snapshot looks at the same once. */
  #once(key: string, look: () => Standing): Standing {
    const standing = this.#looked?.standing.get(key) ?? look()
    this.#looked?.standing.set(key, standing)
    return standing
  }

  #aliveCopies(wanted: Wanted): CopySource {
    const index = this.#index()
    return index === null ? this.#files.at(this.now) : this.#alive(index, wanted)
  }

  #alive(index: StoreIndex, { including = [], now, cameUntil }: Wanted): CopySource {
    let wanted: readonly string[] | undefined
    return this.#asking(index, (database) => {
      wanted ??=
        including.length === 0
          ? []
          : [...concernedBy(database, this.#registry, { records: new Set(including), mentioned: new Set() })]
      return indexedCopies(this.#repo, database, { now, including: wanted, cameUntil }, this.#memory)
    })
  }

  #allCopies(): CopySource {
    const index = this.#index({ everyFile: true })
    if (index === null) return this.#files.at(this.now)
    return this.#asking(index, (database) => ({
      ...indexedCopies(this.#repo, database, { now: this.now }),
      kept: (kind) => placesOf(kind).flatMap((place) => readCopies(this.#repo, database, place, { of: 'all' })),
    }))
  }

  /** Of the index as long as it answers, and of the files from then on: they hold more, and nothing that is less true. */
  #asking(index: StoreIndex, sourceOf: (database: IndexDatabase) => CopySource): CopySource {
    const files = this.#files.at(this.now)
    const ask = <T>(question: (source: CopySource) => T): T =>
      (index.read((database) => ({ answer: question(sourceOf(database)) })) ?? { answer: question(files) }).answer
    return {
      isIndexed: true,
      kept: (kind) => ask((source) => source.kept(kind)),
      named: (kind, recordIds) => ask((source) => source.named(kind, recordIds)),
      ranked: (kind, after, count) =>
        ask((source) => source.ranked?.(kind, after, count) ?? allRanked(kind, source.kept(kind), after)),
      endOf: (kind, recordId) => ask((source) => source.endOf(kind, recordId)),
    }
  }

  /** Throws `KIND_UNKNOWN`. */
  #kind(kindName: string): Kind {
    return this.#registry.select([kindName])[0] as Kind
  }
}

/** All in one page, where there is no index any more. */
function allRanked(kind: Kind, copies: readonly Copy[], after: Ranked | null) {
  const ranked = copies.flatMap(({ recordId, payload }): Ranked[] => {
    const rank = rankOf(kind, payload)
    return rank === null ? [] : [{ rank, recordId }]
  })
  return { page: ranked.filter((one) => after === null || byRank(one, after) > 0).sort(byRank), isLast: true }
}
