import { problemOf } from '../../base/errors.js'
import { nodeCrypto } from '../../base/node-crypto.js'
import {
  examineFile,
  type IgnoredFile,
  isRecordFileName,
  type RecordFile,
  recordNames,
  signatureOf,
} from '../record-files.js'
import type { Repo } from '../repo.js'
import type { Checkpoint, SentTable, TrustedFile } from './sent-table.js'

/** How thoroughly a directory is looked through. */
export interface Thoroughness {
  /** Asks after every file, because files of this directory are rewritten: registers and leases. */
  readonly everyFile: boolean
  /** Trusts nothing that is remembered: every file is a candidate. */
  readonly everyContent: boolean
  /** Files of one record id are one record: they count as one, and {@link only} spares nothing. */
  readonly areCombined?: boolean
  /** Looks at files of these names alone, whatever is remembered of them. */
  readonly only?: ReadonlySet<string> | undefined
}

/** A file that the hub has taken. */
export interface Acknowledged {
  readonly file: RecordFile
  readonly recordId: string
  /** {@link contentHash} of what was sent. */
  readonly hash: string
  /** Of a register's change; left out where there is none. */
  readonly revision?: number | undefined
}

/** What one look goes through of the files that are rewritten by nobody, and never under 1 % of them. */
const SLICE = 128
const SLICES = 100
/** So many rows of files that are gone are kept beside twice as many as there are files. */
const SPARE_ROWS = 1000

/** What stands for the content of a record: 128 bits of SHA-256. */
export function contentHash(text: string): string {
  return nodeCrypto().hash('sha256', text, 'base64url').slice(0, 22)
}

/**
 * What the hub is known to hold of one directory of record files, and so which files need a look. Used once, in order:
 * go through {@link candidates}, {@link record} what the hub has taken, then {@link finish}.
 *
 * The cost follows the change. While the directory's own time stamps stand still, no name came, went or was replaced,
 * and the directory isn't listed. What may have been rewritten in place is asked after: every file with `everyFile`, else
 * a slice that moves on with each look, so that after at most a hundred looks each file has had its turn. Time
 * stamps are those that nobody can set, and one that is too young to tell two changes apart is not trusted, as in git.
 */
export class SentFiles {
  readonly ignored: IgnoredFile[] = []
  /** Records that the hub holds as they are, as far as the candidates have been gone through. */
  knownCount = 0

  readonly repo: Repo
  /** The name of the space among the states of spaces. */
  readonly space: string
  readonly #directory: string
  readonly #table: SentTable
  readonly #scanTime: () => number
  /** Candidates that the hub has not taken (yet), and files that are too young. */
  readonly #suspects = new Set<string>()
  /** Where nothing was known at the start, nobody has to be asked file by file. */
  readonly #isBlank: boolean
  #revisions: ReadonlyMap<string, number> = new Map()
  #suspectsBefore: readonly string[] = []
  #knownRows = 0
  /** The checkpoint to come; `null`: this look is none to build on. */
  #next: Checkpoint | null = null
  #isChanged = false
  #isComplete = false

  /**
   * @param directory under `.muse/coordination/`
   * @param scanTime a moment before it was called, by the file system's own clock: milliseconds since 1970
   */
  constructor(repo: Repo, directory: string, table: SentTable, scanTime: () => number) {
    this.repo = repo
    this.space = table.space
    this.#directory = directory
    this.#table = table
    this.#scanTime = scanTime
    this.#isBlank = table.checkpoint === null
  }

  /** The files that are new, changed or not to be trusted, by name. Files that are left out are added to `ignored`. */
  *candidates(thoroughness: Thoroughness): Generator<RecordFile> {
    const directory = this.#directoryStats()
    if (directory === null) return
    if (thoroughness.only !== undefined && thoroughness.areCombined !== true) {
      yield* this.#amongNamed(thoroughness.only)
      return
    }
    const checkpoint = thoroughness.everyContent ? null : this.#table.checkpoint
    if (checkpoint !== null && checkpoint.signature === directory.signature) {
      yield* this.#amongUnlisted(checkpoint, thoroughness)
    } else yield* this.#amongListed(checkpoint?.slice ?? '', thoroughness)
    this.#isComplete = true
  }

  /**
   * Notes which revisions the hub is known to have. To be called before any file is read: a change that was read first, and
   * named a revision that another process has brought there since, would replace what is newer.
   */
  noteRevisions(): void {
    this.#revisions = this.#table.revisions()
  }

  /** The revision that the hub had of the record in these files, when that was noted; `null`: none. */
  revisionOf(files: readonly RecordFile[]): number | null {
    const known = files.map(({ name }) => this.#revisions.get(name) ?? 0)
    return Math.max(...known) || null
  }

  /** Whether the hub holds this very content of a file, whatever the file's signature says. */
  holds(file: RecordFile, recordId: string, hash: string): boolean {
    if (this.#isBlank) return false
    const sent = this.#table.find(file.name)
    return sent?.recordId === recordId && sent.hash === hash
  }

  /** Other files that hold the same record id, as the hub is known to have it. */
  rivals(file: RecordFile, recordId: string): RecordFile[] {
    if (this.#isBlank) return []
    const rivals: RecordFile[] = []
    for (const { name, signature } of this.#table.ofRecord(recordId)) {
      if (name === file.name) continue
      const rival = examineFile(this.repo, this.#directory, name, [])
      // One that has changed is a candidate itself, and what it holds now is seen then.
      if (rival !== null && rival.signature === signature) rivals.push(rival)
    }
    return rivals
  }

  /** Remembers what the hub has taken, a batch at a time. */
  record(acknowledged: readonly Acknowledged[]): void {
    if (acknowledged.length === 0) return
    this.#isChanged = true
    this.#table.put(
      acknowledged.map(({ file, recordId, hash, revision = null }) => {
        const isTrusted = file.changedAt < this.#scanTime()
        if (isTrusted) this.#suspects.delete(file.name)
        return { name: file.name, signature: isTrusted ? file.signature : null, recordId, hash, revision }
      }),
    )
  }

  /**
   * Leaves a note for the next look, once all candidates have been gone through; without it the next look lists the
   * directory.
   */
  finish(): void {
    const next = this.#next
    if (next === null || !this.#isComplete) return
    const suspects = [...this.#suspects].sort()
    if (this.#isChanged || !sameNames(suspects, this.#suspectsBefore)) {
      const isWorthIt = this.#knownRows > 2 * next.fileCount + SPARE_ROWS
      const present = isWorthIt ? [...recordNames(this.repo, this.#directory, [])] : undefined
      this.#table.finish(next, suspects, present)
    } else if (next.slice !== this.#table.checkpoint?.slice) this.#table.moveSlice(next.slice)
  }

  /** Leaves no checkpoint, so the next look that is none of these finds what nobody has told of. */
  *#amongNamed(names: ReadonlySet<string>): Generator<RecordFile> {
    const folder = this.repo.coordination.in(this.#directory)
    try {
      folder.isThere()
    } catch (error) {
      this.ignored.push({ path: folder.path, reason: problemOf(error) })
      return
    }
    this.#scanTime()
    yield* this.#examine([...names].filter(isRecordFileName).sort())
  }

  *#amongListed(
    sliceStart: string,
    { everyFile, everyContent, areCombined = false }: Thoroughness,
  ): Generator<RecordFile> {
    const scanTime = this.#scanTime()
    const directory = this.#directoryStats()
    if (directory === null) return
    this.#isChanged = true
    const slice = everyFile || everyContent ? null : this.#changedInSlice(sliceStart)
    // Whoever asks after none of them, and counts files, needs their names alone.
    const trusted = slice !== null && !areCombined ? null : this.#table.trusted()
    const names = trusted ?? this.#table.trustedNames()
    this.#knownRows = names.size
    const isKnown = (name: string): boolean => {
      if (everyContent || !names.has(name)) return false
      return slice === null ? this.#signatureNow(name) === trusted?.get(name)?.signature : !slice.changed.has(name)
    }
    const known: string[] = []
    const unknown: string[] = []
    for (const name of recordNames(this.repo, this.#directory, this.ignored))
      (isKnown(name) ? known : unknown).push(name)
    this.knownCount = areCombined && trusted ? recordCount(known, trusted) : known.length
    // A directory that changed a moment ago may change again within the same tick of the clock, and nobody would see it.
    const isTrusted = this.ignored.length === 0 && directory.changedAt < scanTime
    this.#next = {
      signature: isTrusted ? directory.signature : null,
      fileCount: known.length + unknown.length,
      slice: slice?.next ?? '',
    }
    // Sorting is for those that are left: of a hundred thousand names one may be new.
    yield* this.#examine(unknown.sort())
  }

  *#amongUnlisted(checkpoint: Checkpoint, { everyFile, areCombined = false }: Thoroughness): Generator<RecordFile> {
    this.#suspectsBefore = [...this.#table.suspects()].sort()
    const suspects = new Set(this.#suspectsBefore)
    const known: string[] = []
    let trusted: ReadonlyMap<string, TrustedFile> = new Map()
    let next = ''
    if (everyFile) {
      trusted = this.#table.trusted()
      for (const [name, { signature }] of trusted) {
        const now = this.#signatureNow(name)
        if (now === signature) known.push(name)
        else if (now !== null) suspects.add(name)
      }
    } else {
      const slice = this.#changedInSlice(checkpoint.slice)
      for (const name of slice.changed) suspects.add(name)
      next = slice.next
    }
    this.#next = { ...checkpoint, slice: next }
    this.knownCount = areCombined ? recordCount(known, trusted) : checkpoint.fileCount - suspects.size
    if (suspects.size > 0) {
      this.#scanTime()
      yield* this.#examine([...suspects].sort())
    }
  }

  *#examine(names: Iterable<string>): Generator<RecordFile> {
    for (const name of names) {
      const ignoredBefore = this.ignored.length
      const file = examineFile(this.repo, this.#directory, name, this.ignored)
      if (file !== null || this.ignored.length > ignoredBefore) this.#suspects.add(name)
      if (file !== null) yield file
    }
  }

  #changedInSlice(start: string): { changed: Set<string>; next: string } {
    const size = Math.max(SLICE, Math.ceil((this.#table.checkpoint?.fileCount ?? 0) / SLICES))
    const slice = this.#table.slice(start, size)
    const changed = slice.filter(({ name, signature }) => this.#hasChanged(name, signature)).map(({ name }) => name)
    return { changed: new Set(changed), next: slice.length < size ? '' : (slice.at(-1)?.name ?? '') }
  }

  #hasChanged(name: string, signature: string | null): boolean {
    const now = this.#signatureNow(name)
    return now !== null && now !== signature
  }

  #signatureNow(name: string): string | null {
    const stats = this.repo.coordination.stat(`${this.#directory}/${name}`)
    return stats === null ? null : signatureOf(stats)
  }

  /** `null` where there is no such directory, or none that is looked into. */
  #directoryStats(): { signature: string; changedAt: number } | null {
    const stats = this.repo.coordination.stat(this.#directory)
    return stats === null ? null : { signature: signatureOf(stats), changedAt: stats.ctimeMs }
  }
}

function recordCount(names: readonly string[], files: ReadonlyMap<string, TrustedFile>): number {
  return new Set(names.map((name) => files.get(name)?.recordId)).size
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}
