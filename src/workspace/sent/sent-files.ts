import { hash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileError, problemOf } from '../../base/errors.js'
import { assertNoLinks } from '../../files/assert-no-links.js'
import {
  examineFile,
  type IgnoredFile,
  isRecordFileName,
  type RecordFile,
  recordNames,
  signatureOf,
} from '../record-files.js'
import type { Repo } from '../repo.js'
import type { SentEntry } from './sent-entry.js'
import type { SentLines } from './sent-lines.js'
import type { Checkpoint, SentLog } from './sent-log.js'
import { SortedNames } from './sorted-names.js'

/** How thoroughly a directory is looked through. */
export interface Thoroughness {
  /** Asks after every file, because files of this directory are rewritten: registers and leases. */
  readonly everyFile: boolean
  /** Trusts nothing that is remembered: every file is a candidate. */
  readonly everyContent: boolean
  /** Looks at files of these names alone, whatever is remembered of them. */
  readonly only?: ReadonlySet<string> | undefined
}

/** A file that the hub has taken. */
export interface Acknowledged {
  readonly file: RecordFile
  readonly recordId: string
  /** {@link contentHash} of what was sent. */
  readonly hash: string
}

/** What one look goes through of the log: some hundred lines, and never under 1 % of it. */
const SLICE_BYTES = 16 * 1024
const SLICES = 100
/** The most names that a checkpoint carries along; with more the directory is listed again each time. */
const MAX_UNSETTLED = 1000

/** What stands for the content of a record in the log: 128 bits of SHA-256. */
export function contentHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}

/**
 * What the hub is known to hold of one directory of record files, and so which files need a look. Used once, in order:
 * go through {@link candidates}, {@link record} what the hub has taken, then {@link settle}.
 *
 * The cost follows the change. While the directory's own time stamps stand still, no name came, went or was replaced,
 * and the directory isn't listed. What may have been rewritten in place is asked after: every file with `everyFile`, else
 * a slice that moves on with each look, so that after at most a hundred looks each file has had its turn. Time
 * stamps are those that nobody can set, and one that is too young to tell two changes apart is not trusted, as in git.
 */
export class SentFiles {
  readonly ignored: IgnoredFile[] = []
  /** Files that the hub holds as they are, as far as the candidates have been gone through. */
  knownCount = 0

  readonly #repo: Repo
  readonly #directory: string
  readonly #log: SentLog
  readonly #scanTime: () => number
  /** Candidates that the hub has not taken (yet), and files that are too young. */
  readonly #unsettled = new Set<string>()
  #lines: SentLines | null = null
  /** By record id: the known files whose name is not that id. */
  #otherNames: Map<string, string[]> | null = null
  #addedLines = 0
  /** The checkpoint to come, without its unsettled names; `null`: this look is none to build on. */
  #next: Checkpoint | null = null
  #previous: Checkpoint | null = null
  #isChanged = false
  #isComplete = false

  /**
   * @param directory under `.muse/coordination/`
   * @param scanTime a moment before it was called, by the file system's own clock: milliseconds since 1970
   */
  constructor(repo: Repo, directory: string, log: SentLog, scanTime: () => number) {
    this.#repo = repo
    this.#directory = directory
    this.#log = log
    this.#scanTime = scanTime
  }

  /** The files that are new, changed or not to be trusted, by name. Files that are left out are added to `ignored`. */
  *candidates(thoroughness: Thoroughness): Generator<RecordFile> {
    const directory = this.#directoryStats()
    if (directory === null) return
    if (thoroughness.only !== undefined) {
      yield* this.#amongNamed(thoroughness.only)
      return
    }
    const checkpoint = thoroughness.everyContent ? null : this.#log.readCheckpoint()
    this.#previous = checkpoint
    if (checkpoint?.signature === directory.signature) yield* this.#amongUnlisted(checkpoint, thoroughness)
    else yield* this.#amongListed(checkpoint?.sliceStart ?? 0, thoroughness)
    this.#isComplete = true
  }

  /** Whether the hub holds this very content of a file, whatever the file's signature says. */
  holds(file: RecordFile, recordId: string, hash: string): boolean {
    const entry = this.#load().entry(file.name)
    return entry?.recordId === recordId && entry.hash === hash
  }

  /** Other files that hold the same record id, as the hub is known to have it. */
  rivals(file: RecordFile, recordId: string): RecordFile[] {
    const rivals: RecordFile[] = []
    for (const name of this.#namesOf(recordId)) {
      if (name === file.name) continue
      const rival = examineFile(this.#repo, this.#directory, name, [])
      // One that has changed is a candidate itself, and what it holds now is seen then.
      if (rival !== null && this.#load().vouchesFor(name, rival.signature)) rivals.push(rival)
    }
    return rivals
  }

  /**
   * Remembers what the hub has taken, a batch at a time, in one write.
   *
   * @throws `FILE_FAILED`
   */
  record(acknowledged: readonly Acknowledged[]): void {
    if (acknowledged.length === 0) return
    const entries = acknowledged.map(({ file, recordId, hash }): SentEntry => {
      const isTrusted = file.changedAt < this.#scanTime()
      if (isTrusted) this.#unsettled.delete(file.name)
      return { name: file.name, signature: isTrusted ? file.signature : null, recordId, hash }
    })
    this.#isChanged = true
    this.#addedLines += entries.length
    this.#log.append(entries)
  }

  /**
   * Leaves a note for the next look, once all candidates have been gone through; without it the next look lists the
   * directory.
   *
   * @throws `FILE_FAILED`
   */
  settle(): void {
    if (this.#next === null || !this.#isComplete) return
    const unsettled = [...this.#unsettled].sort()
    const checkpoint = unsettled.length > MAX_UNSETTLED ? null : { ...this.#next, unsettled }
    if (this.#isWorthRewriting(this.#next)) this.#rewrite(checkpoint)
    else if (checkpoint === null) return
    else if (this.#isChanged || !sameNames(unsettled, this.#next.unsettled)) this.#log.appendCheckpoint(checkpoint)
    else if (checkpoint.sliceStart !== this.#previous?.sliceStart) this.#log.moveSlice(checkpoint.sliceStart)
  }

  /** Leaves no checkpoint, so the next look that is none of these finds what nobody has told of. */
  *#amongNamed(names: ReadonlySet<string>): Generator<RecordFile> {
    const path = join(this.#repo.coordinationDirectory, this.#directory)
    try {
      assertNoLinks(this.#repo.root, path)
    } catch (error) {
      this.ignored.push({ path, reason: problemOf(error) })
      return
    }
    this.#scanTime()
    yield* this.#examine([...names].filter(isRecordFileName).sort())
  }

  *#amongListed(sliceStart: number, { everyFile, everyContent }: Thoroughness): Generator<RecordFile> {
    const scanTime = this.#scanTime()
    const directory = this.#directoryStats()
    if (directory === null) return
    this.#isChanged = true
    const slice = everyFile || everyContent ? null : this.#changedInSlice(sliceStart)
    const lines = this.#load()
    const isKnown = (name: string): boolean => {
      if (everyContent || !lines.trusts(name)) return false
      return slice === null ? !this.#isChangedSince(name) : !slice.changed.has(name)
    }
    const unknown = SortedNames.of(this.#listedExcept(isKnown))
    // A directory that changed a moment ago may change again within the same tick of the clock, and nobody would see it.
    if (this.ignored.length === 0 && directory.changedAt < scanTime) {
      this.#next = {
        signature: directory.signature,
        fileCount: this.knownCount + unknown.length,
        unsettled: [],
        sliceStart: slice?.next ?? 0,
      }
    }
    yield* this.#examine(unknown)
  }

  /** Sorting is for those that are left: of a hundred thousand names one may be new. */
  *#listedExcept(isKnown: (name: string) => boolean): Generator<string> {
    for (const name of recordNames(this.#repo, this.#directory, this.ignored)) {
      if (isKnown(name)) this.knownCount += 1
      else yield name
    }
  }

  *#amongUnlisted(checkpoint: Checkpoint, { everyFile }: Thoroughness): Generator<RecordFile> {
    const suspects = new Set(checkpoint.unsettled)
    let next = 0
    if (everyFile) {
      for (const { name } of this.#load().entries()) if (this.#isChangedSince(name)) suspects.add(name)
    } else {
      const slice = this.#changedInSlice(checkpoint.sliceStart)
      for (const name of slice.changed) suspects.add(name)
      next = slice.next
    }
    this.#next = { ...checkpoint, sliceStart: next }
    this.knownCount = checkpoint.fileCount - suspects.size
    if (suspects.size > 0) {
      this.#scanTime()
      yield* this.#examine([...suspects].sort())
    }
  }

  *#examine(names: Iterable<string>): Generator<RecordFile> {
    for (const name of names) {
      const ignoredBefore = this.ignored.length
      const file = examineFile(this.#repo, this.#directory, name, this.ignored)
      if (file !== null || this.ignored.length > ignoredBefore) this.#unsettled.add(name)
      if (file !== null) yield file
    }
  }

  #changedInSlice(start: number): { changed: Set<string>; next: number } {
    const changed = new Set<string>()
    const { entries, next } = this.#log.readSlice(start, Math.max(SLICE_BYTES, this.#log.size / SLICES))
    for (const { name, signature } of entries.values()) {
      if (signature === null) continue // Not to be trusted, so it is looked at without this.
      const found = this.#signatureNow(name)
      // What does not fit may be outdated; the newest line of that name decides.
      if (found !== null && found !== signature && !this.#load().vouchesFor(name, found)) changed.add(name)
    }
    return { changed, next }
  }

  #isChangedSince(name: string): boolean {
    const signature = this.#signatureNow(name)
    return signature !== null && !this.#load().vouchesFor(name, signature)
  }

  #signatureNow(name: string): string | null {
    const path = `${this.#repo.coordinationDirectory}/${this.#directory}/${name}`
    try {
      const stats = fs.lstatSync(path, { throwIfNoEntry: false })
      return stats === undefined ? null : signatureOf(stats)
    } catch (error) {
      throw fileError(path, error)
    }
  }

  /** `null` where there is no such directory, or none that is looked into. */
  #directoryStats(): { signature: string; changedAt: number } | null {
    const path = join(this.#repo.coordinationDirectory, this.#directory)
    try {
      const stats = fs.lstatSync(path, { throwIfNoEntry: false })
      return stats === undefined ? null : { signature: signatureOf(stats), changedAt: stats.ctimeMs }
    } catch (error) {
      throw fileError(path, error)
    }
  }

  #load(): SentLines {
    this.#lines ??= this.#log.readAll()
    return this.#lines
  }

  /** Names of the known files that hold a record id: the one that is called so, and those that are called otherwise. */
  #namesOf(recordId: string): string[] {
    if (this.#otherNames === null) {
      this.#otherNames = new Map()
      for (const { name, recordId: id } of this.#load().calledOtherwise()) {
        this.#otherNames.set(id, [...(this.#otherNames.get(id) ?? []), name])
      }
    }
    return [`${recordId}.json`, ...(this.#otherNames.get(recordId) ?? [])]
  }

  #isWorthRewriting({ fileCount }: Checkpoint): boolean {
    return this.#lines !== null && this.#lines.lineCount + this.#addedLines > 2 * fileCount + 1000
  }

  #rewrite(checkpoint: Checkpoint | null): void {
    const lines = this.#log.readAll()
    const kept = Array.from(recordNames(this.#repo, this.#directory, []), (name) => lines.line(name))
    const known = kept.filter((line) => line !== undefined)
    this.#log.rewrite(known, checkpoint && { ...checkpoint, sliceStart: 0 })
  }
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}
