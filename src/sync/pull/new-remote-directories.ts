import { systemClock } from '../../base/clock.js'
import { coordError } from '../../base/errors.js'
import { randomHex } from '../../base/node-crypto.js'
import type { Folder, OpenTo } from '../../files/folder.js'
import { lifeOf, MAX_MARK_BYTES, processMark } from '../../files/process-mark.js'
import { MAX_RECORD_BYTES } from '../../record/record.js'
import {
  type PulledDirectories,
  type PulledDirectory,
  type PulledFile,
  type PulledFiles,
  pulledFile,
} from '../../workspace/index/pulled-files.js'
import { directoryOf, fileNameOf, type RemoteFiles } from './remote-files.js'

/** Longer than any pull takes; of a process of another container or machine nobody can know whether it still lives. */
const ABANDONED_MILLISECONDS = 24 * 60 * 60 * 1000
/**
 * So many characters of records are remembered for the index until their directory is in place: some tenths of a second of work,
 * in which no interrupt is heard. Beyond it they are read again, in turns.
 */
const REMEMBERED_CHARACTERS = 8 * 1024 * 1024
const MARK = 'mark'
const LINE_END = '\n'

/**
 * Writes pulled records, as {@link RemoteFiles} does, and those of a kind that has no directory yet into one beside it,
 * which {@link publish} puts in place whole: nobody looks into it before, so its files need no temporary names, and a
 * file costs half of what it costs otherwise. One instance serves one pull.
 */
export class NewRemoteDirectories {
  readonly #files: RemoteFiles
  readonly #parent: Folder
  readonly #openTo: OpenTo
  /** By kind: what is filled aside, or `null` where there was a directory already. */
  readonly #filling = new Map<string, Filling | null>()
  /** The name of this pull's own folder among those that are filled. */
  #own: string | null = null
  #remembered = 0

  /**
   * @param privateFolder seen by this program alone; on the file system of `files` it costs least
   * @param openTo who may use what is put in place
   */
  constructor(files: RemoteFiles, privateFolder: Folder, openTo: OpenTo) {
    this.#files = files
    this.#openTo = openTo
    this.#parent = privateFolder.in('new')
  }

  /** Whether records were written that are not in their place yet. */
  get areFilling(): boolean {
    return this.#own !== null
  }

  /** The files that were written in their place since this was last asked. */
  takeWritten(): PulledFiles {
    const written = new Map(this.#files.written)
    this.#files.written.clear()
    return written
  }

  /** By kind, how many files were made in their place that were not there. */
  get created(): ReadonlyMap<string, number> {
    return this.#files.created
  }

  /** As {@link RemoteFiles.write}. */
  write(...given: Parameters<RemoteFiles['write']>): ReturnType<RemoteFiles['write']> {
    const [kindName, recordId, line, , record] = given
    const name = fileNameOf(recordId)
    const filling = this.#fillingOf(kindName)
    if (filling === null) return this.#files.write(...given)
    const stats = filling.folder.fill(name, line + LINE_END)
    filling.names.add(name)
    this.#remembered += line.length
    if (record === undefined || this.#remembered > REMEMBERED_CHARACTERS) filling.files = null
    else filling.files?.set(name, pulledFile(record, stats))
    return 'written'
  }

  /**
   * Puts in place what was filled aside; record by record where somebody else has made the directory meanwhile, or where it
   * lies on another file system.
   *
   * @param othersReached by kind, the id up to which another pull has brought everything: such a record is written only
   *   where there is none
   * @returns the directories that were put in place, as far as it is remembered what lies in them
   */
  publish(othersReached: (kindName: string) => number): PulledDirectories {
    const placed = new Map<string, PulledDirectory>()
    for (const [kindName, filling] of this.#filling) {
      if (filling === null) continue
      const { folder, names, files } = filling
      const modifiedAt = folder.stat()?.mtimeMs
      if (!this.#files.adopt(kindName, folder, names.size)) this.#merge(kindName, folder, othersReached(kindName))
      else if (files !== null && modifiedAt !== undefined) placed.set(kindName, { modifiedAt, files })
      this.#filling.set(kindName, null)
    }
    if (this.#own !== null) this.#parent.removeAll(this.#own)
    this.#own = null
    return placed
  }

  #fillingOf(kindName: string): Filling | null {
    let filling = this.#filling.get(kindName)
    if (filling === undefined) {
      filling = this.#files.has(kindName) ? null : { folder: this.#begin(kindName), names: new Set(), files: new Map() }
      this.#filling.set(kindName, filling)
    }
    return filling
  }

  #begin(kindName: string): Folder {
    if (this.#own === null) {
      removeAbandoned(this.#parent)
      this.#own = randomHex(8)
      this.#parent.in(this.#own).write(MARK, processMark())
    }
    // It becomes one that others may read.
    const folder = this.#parent.in(this.#own).in(directoryOf(kindName), { openTo: this.#openTo })
    folder.make()
    return folder
  }

  #merge(kindName: string, folder: Folder, othersReached: number): void {
    for (const name of [...folder.names()]) {
      const reading = folder.read(name, MAX_RECORD_BYTES + LINE_END.length)
      if ('fault' in reading) throw coordError('FILE_FAILED', folder.pathOf(name), reading.fault)
      const line = reading.text.slice(0, -LINE_END.length)
      const { id } = JSON.parse(line) as { id?: unknown }
      const isKnown = typeof id === 'number' && id <= othersReached
      this.#files.write(kindName, name.slice(0, -'.json'.length), line, isKnown)
    }
  }
}

/** A folder that is filled aside, and the names that were put into it. */
interface Filling {
  readonly folder: Folder
  readonly names: Set<string>
  /** The same, and what they hold; `null`: not all of it is remembered. */
  files: Map<string, PulledFile> | null
}

/** What killed processes have left behind. */
function removeAbandoned(parent: Folder): void {
  for (const name of [...parent.names()]) if (isAbandoned(parent.in(name))) parent.removeAll(name)
}

function isAbandoned(folder: Folder): boolean {
  const reading = folder.read(MARK, MAX_MARK_BYTES)
  if ('fault' in reading) return false
  const life = lifeOf(reading.text)
  if (life !== 'unknown') return life === 'dead'
  const markedAt = folder.stat(MARK)?.mtimeMs
  return markedAt !== undefined && Math.abs(systemClock.now() - markedAt) > ABANDONED_MILLISECONDS
}
