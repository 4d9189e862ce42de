import { basename } from 'node:path'
import { coordError } from '../base/errors.js'
import type { Spelt } from '../base/json/spelling.js'
import { nodeCrypto } from '../base/node-crypto.js'
import { quote } from '../base/quote.js'
import { formatTimestamp } from '../base/timestamp.js'
import type { Kind } from '../kinds/kind.js'
import type { KindRegistry } from '../kinds/registry.js'
import { createSeal, type Seal, sealLike } from '../kinds/seal.js'
import { RULES } from '../record/merge/rules.js'
import type { CoordRecord, JsonObject } from '../record/record.js'
import { type Entry, payloadAsSpelt, WHOEVER_COMMITTED } from './entry.js'
import { HubClock } from './hub-clock.js'
import { ignoresCase } from './ignores-case.js'
import { StoreIndex } from './index/store-index.js'
import { readCopy } from './read-copy.js'
import { createRecordFile, examineFile, fileText, type IgnoredFile, writeRecordFile } from './record-files.js'
import { replaceFile } from './replace-file.js'
import type { Repo } from './repo.js'
import { forgetTurn, writeInTurn } from './turn.js'
import { View } from './view.js'
import { NOBODY, type Viewer } from './viewer.js'

/** What a verb works with: the records of a repository, seen together, and the ways to change its own. */
export class Workspace {
  readonly view: View
  /** The names of the record files that were written through this object, by their directories. */
  readonly written = new Map<string, Set<string>>()
  readonly #seals = new Map<string, Promise<Seal>>()
  #ignoresCase: boolean | undefined

  constructor(
    readonly repo: Repo,
    readonly registry: KindRegistry,
    /** By which everything is judged: see {@link HubClock}. */
    readonly clock: HubClock,
    /** Whose the store's own records are. */
    readonly viewer: Viewer = NOBODY,
    view = new View(repo, registry, clock, viewer),
  ) {
    this.view = view
  }

  /** Lets go of the index of the store, a file that is open from the first question on; the next question opens it again. */
  close(): void {
    StoreIndex.of(this.repo).close()
  }

  /** For whoever asks much of one moment: see {@link View.snapshot}. */
  snapshot(slack?: number): Workspace {
    const view = this.view.snapshot(slack)
    const clock = new HubClock({ now: () => view.now }, () => null)
    return new Workspace(this.repo, this.registry, clock, this.viewer, view)
  }

  /** Whether addresses are compared without case here. */
  get ignoresCase(): boolean {
    this.#ignoresCase ??= ignoresCase(this.repo)
    return this.#ignoresCase
  }

  /** A new record id, unlike any other. */
  newId(): string {
    // Not `sha256:…`, which other writers use: a colon is no part of a file's name on Windows.
    return nodeCrypto().randomUUID()
  }

  /** The time as records write it, or so many seconds from now: `2026-03-18T12:00:00.123000+00:00`. */
  timestamp(secondsFromNow = 0): string {
    return formatTimestamp(this.clock.now() + secondsFromNow * 1000)
  }

  /**
   * Writes a record to its own file, in place of what was there. A reader meets the old content or the new.
   *
   * @throws `RECORD_REFUSED` for what a push would leave out, `LEASE_WRITTEN` for a lease, before anything is written; `FILE_FAILED`,
   *   `LINK_REFUSED`
   */
  async write(kindName: string, payload: object): Promise<CoordRecord> {
    return (await this.writeSealed(kindName, payload)).record
  }

  /** The same, for whoever sends what was written. */
  async writeSealed(kindName: string, payload: object): Promise<SealedRecord> {
    const sealed = await this.seal(kindName, payload)
    const { kind, record } = sealed
    if (kind.merge === 'lease') throw coordError('LEASE_WRITTEN', kind.name)
    writeRecordFile(this.repo, kind.directory, record.recordId, record.payload)
    this.#noteWritten(kind, record)
    return sealed
  }

  /**
   * Writes a record that has no file yet: of any number of callers at once exactly one is told `true`.
   *
   * @param like see {@link seal}
   * @throws as {@link write} does; `FILE_FAILED` also where a file lies in its place that holds no record of that id
   */
  async create(kindName: string, payload: object, like: Entry<object> | null = null): Promise<boolean> {
    return this.#createFile(await this.seal(kindName, payload, like))
  }

  /**
   * Writes a record in place of what an entry of the view shows, unless that has changed since: of any number of
   * processes that replace the same one exactly one is told `true`, also when some are killed on the way. Holds only
   * among those who use it, so a lease is taken over, renewed and given back through this and never through `write`.
   * What is compared is the workspace's own file of that id; where there is none yet, it is created.
   *
   * @param like see {@link seal}; what is replaced when left out, `null`: nothing
   * @throws as {@link create} does
   */
  async replace(seen: Entry<object>, payload: object, like: Entry<object> | null = seen): Promise<boolean> {
    const sealed = await this.seal(seen.kind, payload, like)
    const fileName = `${sealed.record.recordId}.json`
    // What is combined of several files is the text of none: those stand behind it as they are.
    const own = [...seen.shadowed, seen].find(({ origin, file }) => origin === 'local' && basename(file) === fileName)
    if (own === undefined) return this.#createFile(sealed)
    return this.#replaceFile(sealed, own.payload)
  }

  #replaceFile({ kind, record, payloadText }: SealedRecord, seen: object): boolean {
    const name = `${kind.directory}/${record.recordId}.json`
    const isReplaced = replaceFile(this.repo, name, JSON.stringify(seen), fileText(payloadText), contentOf)
    if (isReplaced) this.#noteWritten(kind, record)
    return isReplaced
  }

  /**
   * Writes a record whose right to be there depends on the others of its kind: `decide` asks the view and returns the
   * payload, or `null` to write nothing. Of processes that do so at once, each sees what the ones before it wrote;
   * `decide` is called again when another one was faster. Returns the record, or `null`.
   *
   * @throws as {@link write} does, and what `decide` throws
   */
  async writeInTurn(kindName: string, decide: () => object | null): Promise<CoordRecord | null> {
    const [kind] = this.registry.select([kindName]) as [Kind]
    const written = await writeInTurn(
      this.repo,
      kind.directory,
      () => this.clock.now(),
      async () => {
        const payload = decide()
        return payload === null ? null : (await this.seal(kindName, payload)).record
      },
    )
    if (written !== null) this.#noteWritten(kind, written)
    return written
  }

  /** Removes a record as if it had never been. One that is gone already is no error. Throws `FILE_FAILED`. */
  remove({ kind, recordId, file }: Pick<Entry, 'kind' | 'recordId' | 'file'>): void {
    const [{ directory }] = this.registry.select([kind]) as [Kind]
    forgetTurn(this.repo, directory, recordId)
    this.repo.coordination.remove(this.repo.coordination.nameOf(file))
  }

  /**
   * A payload as the record that would travel, and its kind; writes nothing.
   *
   * @param like what the payload was made from: what it left as it was keeps the spelling of its writer
   * @throws `KIND_UNKNOWN`; `RECORD_REFUSED` for what a push would leave out
   */
  async seal(kindName: string, payload: object, like: Entry<object> | null = null): Promise<SealedRecord> {
    const [kind] = this.registry.select([kindName]) as [Kind]
    let seal = this.#seals.get(kindName)
    if (seal === undefined) {
      seal = createSeal(kind)
      this.#seals.set(kindName, seal)
    }
    const sealed = sealLike(await seal, payload as JsonObject, '', like === null ? [] : this.#textsOf(like))
    if ('fault' in sealed) throw coordError('RECORD_REFUSED', kindName, sealed.fault)
    return { kind, record: sealed.record, payloadText: sealed.payloadText }
  }

  #noteWritten({ directory }: Kind, { recordId }: CoordRecord): void {
    const names = this.written.get(directory) ?? new Set()
    this.written.set(directory, names.add(`${recordId}.json`))
  }

  /** The payloads of an entry's files as they are spelt; of a file that has gone meanwhile nothing is left to keep. */
  #textsOf(entry: Entry<object>): readonly Spelt[] {
    return [entry, ...entry.shadowed].flatMap((copy) => payloadAsSpelt(this.repo, copy) ?? [])
  }

  /** `false`: the record has a file by now. What else lies in its place shows in no view, so nobody would see it go. */
  #createFile(sealed: SealedRecord): boolean {
    const { kind, record, payloadText } = sealed
    const { recordId, payload } = record
    if (createRecordFile(this.repo, kind.directory, recordId, payload, payloadText)) {
      this.#noteWritten(kind, record)
      return true
    }
    const problems: IgnoredFile[] = []
    const file = examineFile(this.repo, kind.directory, `${recordId}.json`, problems)
    for (const { path, reason } of problems) throw coordError('FILE_FAILED', path, reason)
    if (file === null) return false
    const reading = readCopy(this.repo, kind, 'local', file)
    if ('copy' in reading && reading.copy.recordId !== recordId) {
      throw coordError('FILE_FAILED', file.path, `holds another record: ${quote(reading.copy.recordId)}`)
    }
    if ('reason' in reading && reading.reason !== 'is missing')
      throw coordError('FILE_FAILED', file.path, reading.reason)
    // What came with a clone is nobody's, and gives way to what is rewritten in its place.
    const isNobodys = RULES[kind.merge].isRewritten && 'copy' in reading && reading.copy.author === WHOEVER_COMMITTED
    return isNobodys && this.#replaceFile(sealed, reading.copy.payload)
  }
}

/** A record that may be written or sent, and the text of its payload: without blanks, each token as its writer spelt it. */
export interface SealedRecord {
  readonly kind: Kind
  readonly record: CoordRecord
  readonly payloadText: string
}

/** Two files hold the same when their objects are spelt alike; how they are indented says nothing. */
function contentOf(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}
