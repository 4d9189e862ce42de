import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import type { Folder } from '../../files/folder.js'
import { isKindName, isSafeRecordId, type StoredRecord } from '../../record/record.js'
import { type PulledFile, pulledFile } from '../../workspace/index/pulled-files.js'
import type { Repo } from '../../workspace/repo.js'

/** Puts pulled records under `.muse/coordination/remote/<kind>/<record_id>.json`. One instance serves one pull. */
export class RemoteFiles {
  readonly folder: Folder
  /**
   * By kind and name, the files that {@link write} was called for, whether they held the same already or not; `null`: what they
   * hold has to be read.
   */
  readonly written = new Map<string, Map<string, PulledFile | null>>()
  /** By kind, how many files were made that were not there. */
  readonly created = new Map<string, number>()

  constructor(repo: Repo) {
    this.folder = repo.coordination.in('remote')
  }

  /**
   * Writes a record, unless its file holds the very same already. Atomic: a reader meets the old content or the new.
   *
   * @param line the whole record as JSON without a line end
   * @param onlyIfMissing leaves a file alone that is there, whatever it holds
   * @param record what the line says; left out: nobody is told without reading it
   */
  write(
    kindName: string,
    recordId: string,
    line: string,
    onlyIfMissing = false,
    record?: StoredRecord,
  ): 'written' | 'unchanged' {
    const folder = this.folder.in(directoryOf(kindName))
    const name = fileNameOf(recordId)
    const files = this.written.get(kindName) ?? new Map<string, PulledFile | null>()
    this.written.set(kindName, files.set(name, null))
    if (onlyIfMissing && folder.stat(name)?.isFile()) return 'unchanged'
    const { outcome, stats } = folder.update(name, `${line}\n`)
    if (record !== undefined && stats !== null) files.set(name, pulledFile(record, stats))
    if (outcome === 'created') this.#count(kindName, 1)
    return outcome === 'unchanged' ? outcome : 'written'
  }

  /** Whether there is a directory of a kind, or anything in its place. */
  has(kindName: string): boolean {
    const folder = this.folder.in(directoryOf(kindName))
    return folder.isThere() || folder.stat() !== null
  }

  /** Makes a folder full of records that of a kind, in one step. `false`, and nothing done: see {@link Folder.adopt}. */
  adopt(kindName: string, filled: Folder, fileCount: number): boolean {
    const isAdopted = this.folder.adopt(directoryOf(kindName), filled)
    if (isAdopted) this.#count(kindName, fileCount)
    return isAdopted
  }

  #count(kindName: string, more: number): void {
    this.created.set(kindName, (this.created.get(kindName) ?? 0) + more)
  }
}

// Callers have checked kind and id before. Here they become a path, and this is the last place where they can be stopped.

/** The directory of a kind under `remote/`. Throws `KIND_UNKNOWN` for what can be no name. */
export function directoryOf(kindName: string): string {
  if (!isKindName(kindName)) throw coordError('KIND_UNKNOWN', quote(kindName), 'those whose name can be a directory')
  return kindName
}

/** The file of a record in the directory of its kind. Throws `RECORD_ID_UNSAFE` for what can be no name. */
export function fileNameOf(recordId: string): string {
  if (!isSafeRecordId(recordId)) throw coordError('RECORD_ID_UNSAFE', quote(recordId))
  return `${recordId}.json`
}
