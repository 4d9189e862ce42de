import { systemClock } from '../base/clock.js'
import { type Copy, type CopyReading } from './entry.js'
import { examineFile, type IgnoredFile, listRecordFiles, type RecordFile, signatureOf } from './record-files.js'
import type { Repo } from './repo.js'

/** What a directory held when it was read. */
export interface DirectoryReading {
  /** Sorted by file name. */
  readonly copies: readonly Copy[]
  /** Files that hold no record, and why. */
  readonly problems: readonly IgnoredFile[]
}

/** A file system that stamps in steps must have made its next step before an equal stamp means an equal content. */
const STAMP_STEP_MILLISECONDS = 100

interface KnownFile {
  readonly signature: string
  readonly reading: CopyReading
}

/** Reads one directory of record files again and again, and each time only what changed since. */
export class DirectoryReader {
  readonly #repo: Repo
  readonly #directory: string
  readonly #read: (file: RecordFile) => CopyReading
  readonly #replacedWhole: boolean
  #files = new Map<string, KnownFile>()
  readonly #unread = new Map<string, IgnoredFile>()
  #last: (DirectoryReading & { readonly signature: string }) | undefined

  /**
   * @param directory under `.muse/coordination/`
   * @param replacedWhole whether its files are only ever put in place by rename, so that a directory that did not change
   *   holds none that did
   */
  constructor(repo: Repo, directory: string, read: (file: RecordFile) => CopyReading, replacedWhole: boolean) {
    this.#repo = repo
    this.#directory = directory
    this.#read = read
    this.#replacedWhole = replacedWhole
  }

  read(): DirectoryReading {
    // Looked at before its names are: what changes in between must show up as a change the next time.
    const signature = this.#signature()
    const last = this.#last
    // What was left out may have been so for a reason that has passed.
    if (this.#replacedWhole && signature !== '' && last?.signature === signature && last.problems.length === 0)
      return last
    const known = this.#files
    this.#files = new Map()
    this.#last = { ...this.#readFiles(known, () => true), signature }
    return this.#last
  }

  /** The same without the files that are named after these record ids; they cost nothing but their names. */
  readExcept(recordIds: ReadonlySet<string>): DirectoryReading {
    return this.#readFiles(this.#files, (name) => !recordIds.has(stemOf(name)))
  }

  /** The record ids after which files are named, whatever they hold. */
  stems(): readonly string[] {
    return Array.from(listRecordFiles(this.#repo, this.#directory, []), stemOf)
  }

  #readFiles(known: ReadonlyMap<string, KnownFile>, isWanted: (name: string) => boolean): DirectoryReading {
    const problems: IgnoredFile[] = []
    const copies: Copy[] = []
    for (const name of listRecordFiles(this.#repo, this.#directory, problems)) {
      if (!isWanted(name)) continue
      const file = examineFile(this.#repo, this.#directory, name, problems)
      if (file === null) continue
      const before = known.get(name)
      const reading = before?.signature === file.signature ? before.reading : this.#read(file)
      const isJudged = 'copy' in reading || !reading.isUnread
      if (isJudged && hasSettled(file.changedAt)) this.#files.set(name, { signature: file.signature, reading })
      if ('copy' in reading) copies.push(reading.copy)
      else if (reading.reason !== 'is missing') problems.push({ ...reading, path: file.path })
    }
    for (const problem of problems) if (problem.isUnread) this.#unread.set(problem.path, problem)
    return { copies, problems: problems.map(({ path, reason }) => ({ path, reason })) }
  }

  /** The files, or the directory itself, that a read since the last call could not look into. */
  takeUnread(): readonly IgnoredFile[] {
    const unread = [...this.#unread.values()]
    this.#unread.clear()
    return unread
  }

  /** What one file holds; `undefined` where there is none, or no record. */
  readOne(name: string): Copy | undefined {
    const file = examineFile(this.#repo, this.#directory, name, [])
    const reading = file === null ? undefined : this.#read(file)
    return reading !== undefined && 'copy' in reading ? reading.copy : undefined
  }

  /** Changes when the directory does; `''` when it cannot be told. */
  #signature(): string {
    try {
      const stats = this.#repo.coordination.in(this.#directory).stat()
      return stats !== null && hasSettled(stats.ctimeMs) ? signatureOf(stats) : ''
    } catch {
      return '' // The listing meets the same and reports it.
    }
  }
}

/** Stamps are the machine's, whatever the time that the application goes by. */
function hasSettled(changedAt: number): boolean {
  return systemClock.now() - changedAt > STAMP_STEP_MILLISECONDS
}

function stemOf(name: string): string {
  return name.slice(0, -'.json'.length)
}
