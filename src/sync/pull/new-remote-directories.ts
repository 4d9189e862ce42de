import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { coordError, fileError } from '../../base/errors.js'
import { isAbandoned, processMark, readMark } from '../../files/process-mark.js'
import { readText } from '../../files/read-text.js'
import { MAX_RECORD_BYTES } from '../../record/record.js'
import type { PulledNames } from '../../workspace/index/pulled-files.js'
import type { RemoteFiles } from './remote-files.js'

/** Longer than any pull takes; only of another machine's process it has to be guessed whether it still lives. */
const ABANDONED_MILLISECONDS = 24 * 60 * 60 * 1000
const MARK = 'mark'
const LINE_END = '\n'

/**
 * Writes pulled records, as {@link RemoteFiles} does, and those of a kind that has no directory yet into one beside it,
 * which {@link publish} puts in place whole: nobody looks into it before, so its files need no temporary names, and a
 * file costs half of what it costs otherwise. One instance serves one pull.
 */
export class NewRemoteDirectories {
  readonly #files: RemoteFiles
  readonly #parent: string
  /** By kind: the directory that is filled aside, or `null` where there was one already. */
  readonly #filling = new Map<string, string | null>()
  #own: string | null = null

  /** @param privateDirectory on the file system of `files`, and seen by this program alone */
  constructor(files: RemoteFiles, privateDirectory: string) {
    this.#files = files
    this.#parent = join(privateDirectory, 'new')
  }

  /** Whether records were written that are not in their place yet. */
  get areFilling(): boolean {
    return this.#own !== null
  }

  /** The names of the files that were written in their place since this was last asked, by kind. */
  takeWritten(): PulledNames {
    const written = new Map(this.#files.written)
    this.#files.written.clear()
    return written
  }

  /** As {@link RemoteFiles.write}. */
  write(kindName: string, recordId: string, line: string, onlyIfMissing = false): 'written' | 'unchanged' {
    const path = this.#files.pathOf(kindName, recordId)
    const directory = this.#directoryOf(kindName)
    if (directory === null) return this.#files.write(kindName, recordId, line, onlyIfMissing)
    const aside = `${directory}/${recordId}.json`
    try {
      fs.writeFileSync(aside, line + LINE_END)
    } catch (error) {
      fs.rmSync(aside, { force: true })
      throw fileError(path, error)
    }
    return 'written'
  }

  /**
   * Puts in place what was filled aside; record by record where somebody else has made the directory meanwhile.
   *
   * @param othersReached by kind, the id up to which another pull has brought everything: such a record is written only
   *   where there is none
   * @throws `FILE_FAILED`, `LINK_REFUSED`
   */
  publish(othersReached: (kindName: string) => number): void {
    for (const [kindName, directory] of this.#filling) {
      if (directory === null) continue
      if (!this.#files.adopt(kindName, directory)) this.#merge(kindName, directory, othersReached(kindName))
      this.#filling.set(kindName, null)
    }
    if (this.#own !== null) remove(this.#own)
    this.#own = null
  }

  #directoryOf(kindName: string): string | null {
    let directory = this.#filling.get(kindName)
    if (directory === undefined) {
      directory = this.#files.has(kindName) ? null : this.#begin(kindName)
      this.#filling.set(kindName, directory)
    }
    return directory
  }

  #begin(kindName: string): string {
    try {
      if (this.#own === null) {
        const own = join(this.#parent, randomBytes(8).toString('hex'))
        fs.mkdirSync(this.#parent, { recursive: true, mode: 0o700 })
        removeAbandoned(this.#parent)
        fs.mkdirSync(own)
        fs.writeFileSync(join(own, MARK), processMark())
        this.#own = own
      }
      const directory = join(this.#own, kindName)
      fs.mkdirSync(directory)
      return directory
    } catch (error) {
      throw fileError(this.#parent, error)
    }
  }

  #merge(kindName: string, directory: string, othersReached: number): void {
    for (const name of fs.readdirSync(directory)) {
      const reading = readText(join(directory, name), { maxBytes: MAX_RECORD_BYTES + LINE_END.length })
      if ('fault' in reading) throw coordError('FILE_FAILED', join(directory, name), reading.fault)
      const line = reading.text.slice(0, -LINE_END.length)
      const { id } = JSON.parse(line) as { id?: unknown }
      const isKnown = typeof id === 'number' && id <= othersReached
      this.#files.write(kindName, name.slice(0, -'.json'.length), line, isKnown)
    }
  }
}

/** What killed processes have left behind. */
function removeAbandoned(parent: string): void {
  for (const name of fs.readdirSync(parent)) {
    const directory = join(parent, name)
    const mark = readMark(join(directory, MARK))
    if (mark !== null && isAbandoned(join(directory, MARK), mark, ABANDONED_MILLISECONDS)) remove(directory)
  }
}

function remove(directory: string): void {
  fs.rmSync(directory, { recursive: true, force: true })
}
