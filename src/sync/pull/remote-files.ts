import fs from 'node:fs'
import { join } from 'node:path'
import { coordError, fileError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { assertNoLinks } from '../../files/assert-no-links.js'
import { writeAtomic } from '../../files/atomic-write.js'
import { readText } from '../../files/read-text.js'
import { isKindName, isSafeRecordId } from '../../record/record.js'
import type { Repo } from '../../workspace/repo.js'

/** Puts pulled records under `.muse/coordination/remote/<kind>/<record_id>.json`. One instance serves one pull. */
export class RemoteFiles {
  readonly directory: string
  readonly #repo: Repo
  /** By kind, the names of the files that {@link write} was called for, whether they held the same already or not. */
  readonly written = new Map<string, Set<string>>()
  /** The directories this run has made or found to be real ones. */
  readonly #ready = new Set<string>()

  constructor(repo: Repo) {
    this.#repo = repo
    this.directory = join(repo.coordinationDirectory, 'remote')
  }

  /**
   * Writes a record, unless its file holds the very same already. Atomic: a reader meets the old content or the new.
   *
   * @param line the whole record as JSON without a line end
   * @param onlyIfMissing leaves a file alone that is there, whatever it holds
   * @throws `LINK_REFUSED` where a symbolic link lies on the way or in the file's place; `FILE_FAILED`, and then neither
   *   half a file nor a temporary one is left
   */
  write(kindName: string, recordId: string, line: string, onlyIfMissing = false): 'written' | 'unchanged' {
    const path = this.pathOf(kindName, recordId)
    this.#prepare(kindName)
    const names = this.written.get(kindName)
    if (names === undefined) this.written.set(kindName, new Set([`${recordId}.json`]))
    else names.add(`${recordId}.json`)
    const content = `${line}\n`
    if (onlyIfMissing && fs.lstatSync(path, { throwIfNoEntry: false })?.isFile()) return 'unchanged'
    if (holds(path, content)) return 'unchanged'
    writeAtomic(path, content)
    return 'written'
  }

  /** Where a record belongs. Throws `KIND_UNKNOWN` or `RECORD_ID_UNSAFE` for what can be no name. */
  pathOf(kindName: string, recordId: string): string {
    // Callers have checked both before; here they become a path, and this is the last place where it can be stopped.
    if (!isKindName(kindName)) throw coordError('KIND_UNKNOWN', quote(kindName), 'those whose name can be a directory')
    if (!isSafeRecordId(recordId)) throw coordError('RECORD_ID_UNSAFE', quote(recordId))
    return `${this.directory}/${kindName}/${recordId}.json`
  }

  /** Whether there is a directory of a kind. Throws `LINK_REFUSED`, `FILE_FAILED`. */
  has(kindName: string): boolean {
    const directory = join(this.directory, kindName)
    assertNoLinks(this.#repo.root, directory)
    return fs.existsSync(directory)
  }

  /**
   * Makes a directory full of records that of a kind, in one step. `false`, and nothing done: the kind has one already.
   *
   * @throws `LINK_REFUSED`, `FILE_FAILED`
   */
  adopt(kindName: string, filled: string): boolean {
    if (this.has(kindName)) return false
    const directory = join(this.directory, kindName)
    try {
      fs.mkdirSync(this.directory, { recursive: true })
      fs.renameSync(filled, directory)
      return true
    } catch (error) {
      if (this.has(kindName)) return false
      throw fileError(directory, error)
    }
  }

  #prepare(kindName: string): void {
    if (this.#ready.has(kindName)) return
    const directory = join(this.directory, kindName)
    assertNoLinks(this.#repo.root, directory)
    try {
      fs.mkdirSync(directory, { recursive: true })
    } catch (error) {
      throw fileError(directory, error)
    }
    this.#ready.add(kindName)
  }
}

/** Whether a file has this content. Asks for its size first: most that differ differ there, and most new ones are new. */
function holds(path: string, content: string): boolean {
  let stats: fs.Stats | undefined
  try {
    stats = fs.lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw fileError(path, error)
  }
  if (stats === undefined) return false
  if (stats.isSymbolicLink()) throw coordError('LINK_REFUSED', path)
  if (!stats.isFile()) throw coordError('FILE_FAILED', path, 'is no regular file, and a record belongs here')
  const size = Buffer.byteLength(content)
  if (stats.size !== size) return false
  const reading = readText(path, { maxBytes: size })
  return 'text' in reading && reading.text === content
}
