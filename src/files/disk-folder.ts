import fs from 'node:fs'
import { join, sep } from 'node:path'
import { coordError, fileError } from '../base/errors.js'
import { randomHex } from '../base/node-crypto.js'
import { quote } from '../base/quote.js'
import { ticks } from '../base/timer.js'
import { createExclusive, linkOrCreate, replaceAtomic, writeAtomic } from './atomic-write.js'
import { codeOf, fileFailure, isMissing } from './file-failure.js'
import type { FileOptions, FirstFile, Folder, FolderOptions, OpenTo, Update } from './folder.js'
import { APPEND, compareContent, KEEP, OVERWRITE, withOpenFile } from './open-file.js'
import { type ReadFault, readText } from './read-text.js'
import {
  isDirectoryThere,
  isRealDirectory,
  lookAt,
  lookAtReal,
  makeRealDirectory,
  setDirectoryMode,
} from './real-directory.js'

/** How long a directory that was found to be a real one is taken for one: ten thousand files cost one look, hours many. */
const TRUSTED_MILLISECONDS = 1000
/** Modes of what is made, and the rights that nobody else may have; no mode: the umask says. */
const RIGHTS: Readonly<
  Record<OpenTo, { readonly folder?: number; readonly file?: { readonly mode: number }; readonly denied: number }>
> = {
  user: { folder: 0o700, file: { mode: 0o600 }, denied: 0o077 },
  group: { folder: 0o770, file: { mode: 0o660 }, denied: 0o007 },
  group_and_readers: { folder: 0o775, file: { mode: 0o664 }, denied: 0o002 },
  all: { denied: 0 },
}
/** Names that are asked of the file system at once. */
const NAMES_AT_ONCE = 512

/** Of a directory with some thousand names at most; what the size of one is differs by file system. */
const SMALL_BYTES = 65_536

const MISSING: ReadFault = { fault: 'is missing', isMissing: true, isLink: false, error: null }

/** A step of the way from the trusted root to a folder. */
interface Step {
  readonly path: string
  readonly openTo: OpenTo
  readonly firstFile: FirstFile | undefined
}

/** A {@link Folder} of this machine's file system. */
export class DiskFolder implements Folder {
  readonly path: string
  readonly #steps: readonly Step[]
  readonly #openTo: OpenTo
  readonly #inner = new Map<string, DiskFolder>()
  readonly #named = new Map<string, DiskFolder>()
  #foundAt = Number.NEGATIVE_INFINITY

  private constructor(path: string, steps: readonly Step[], openTo: OpenTo) {
    this.path = path
    this.#steps = steps
    this.#openTo = openTo
  }

  /** @param root absolute */
  static at(root: string): DiskFolder {
    return new DiskFolder(root, [], 'all')
  }

  in(name: string, options: FolderOptions = {}): DiskFolder {
    const names = this.#split(name)
    return names.reduce<DiskFolder>((folder, inner, index) => {
      const isLast = index === names.length - 1
      const { openTo = folder.#openTo, firstFile } = isLast ? options : {}
      return folder.#child(inner, openTo, firstFile)
    }, this)
  }

  pathOf(name: string): string {
    const [folder, leaf] = this.#locate(name)
    return folder.#join(leaf)
  }

  nameOf(path: string): string {
    const start = this.#join('')
    if (!path.startsWith(start)) throw coordError('PATH_OUTSIDE', quote(path), this.path)
    return this.#split(path.slice(start.length).split(sep).join('/')).join('/')
  }

  isThere(): boolean {
    this.#foundAt = Number.NEGATIVE_INFINITY
    for (const { path } of this.#steps) if (!isRealDirectory(path)) return false
    this.#foundAt = ticks()
    return true
  }

  make(): boolean {
    const isNew = this.#make()
    try {
      const { folder, denied } = RIGHTS[this.#openTo]
      if (folder !== undefined && (fs.statSync(this.path).mode & denied) !== 0) setDirectoryMode(this.path, folder)
    } catch (error) {
      throw fileError(this.path, error)
    }
    return isNew
  }

  *names(): Generator<string> {
    // Nothing is known of what would lie in a folder whose place, or one above it, somebody else's file has.
    if (!this.isThere() && !this.#steps.every(({ path }) => isDirectoryThere(path))) return
    try {
      // Of a small one all names are read at once: Node would load a module to read them in parts.
      if (fs.statSync(this.path).size <= SMALL_BYTES) return yield* fs.readdirSync(this.path)
      const directory = fs.opendirSync(this.path, { bufferSize: NAMES_AT_ONCE })
      try {
        for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield entry.name
      } finally {
        directory.closeSync()
      }
    } catch (error) {
      if (!isMissing(error)) throw fileFailure(this.path, error)
    }
  }

  stat(name?: string): fs.Stats | null {
    if (name === undefined) return lookAtReal(this.path)
    const [folder, leaf] = this.#locate(name)
    return folder.#isKnown() ? lookAt(folder.#join(leaf)) : null
  }

  read(name: string, maxBytes: number): { readonly text: string } | ReadFault {
    const [folder, leaf] = this.#locate(name)
    if (!folder.#isKnown()) return MISSING
    const path = folder.#join(leaf)
    const reading = readText(path, { maxBytes })
    if ('text' in reading) return reading
    if (reading.isLink) throw coordError('LINK_REFUSED', path)
    if (reading.error !== null) throw fileError(path, reading.error)
    return reading
  }

  write(name: string, content: string | Uint8Array, options: FileOptions = {}): void {
    this.#changing(name, (path, mode) => {
      lookAtReal(path)
      writeAtomic(path, content, { ...mode, ...options })
    })
  }

  update(name: string, content: string): Update {
    return this.#changing(name, (path, mode) => {
      const { found, isSame } = compareContent(path, content)
      if (isSame) return { outcome: 'unchanged', stats: found }
      const stats = replaceAtomic(path, content, mode)
      return { outcome: found === null ? 'created' : 'replaced', stats }
    })
  }

  create(name: string, content: string, options: FileOptions = {}): boolean {
    return this.#changing(name, (path, mode) => {
      if (createExclusive(path, content, { ...mode, ...options })) return true
      lookAtReal(path)
      return false
    })
  }

  createLinked(name: string, original: string, content: string): boolean {
    return this.#changing(name, (path, mode) => {
      const file = this.pathOf(original)
      const link = () => {
        if (linkOrCreate(file, path, content, mode)) return true
        lookAtReal(path)
        return false
      }
      try {
        return link()
      } catch (error) {
        if (!isMissing(error)) throw error
      }
      writeAtomic(file, content, mode)
      return link()
    })
  }

  fill(name: string, content: string): fs.Stats {
    return this.#changing(name, (path, { mode }) =>
      withOpenFile(path, OVERWRITE, mode, (descriptor) => {
        try {
          fs.writeFileSync(descriptor, content)
          return fs.fstatSync(descriptor)
        } catch (error) {
          fs.rmSync(path, { force: true })
          throw error
        }
      }),
    )
  }

  append(name: string, text: string): void {
    this.#changing(name, (path, { mode }) => {
      withOpenFile(path, APPEND, mode, (descriptor) => fs.writeFileSync(descriptor, text))
    })
  }

  touch(name: string): number {
    return this.#changing(name, (path, { mode }) =>
      withOpenFile(path, KEEP, mode, (descriptor) => {
        fs.writeSync(descriptor, '\n', 0)
        return fs.fstatSync(descriptor).mtimeMs
      }),
    )
  }

  remove(name: string): boolean {
    const [folder, leaf] = this.#locate(name)
    if (!folder.#isKnown()) return false
    const path = folder.#join(leaf)
    try {
      fs.unlinkSync(path)
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw fileFailure(path, error)
    }
  }

  removeIf(name: string, maxBytes: number, isMeant: (text: string) => boolean): boolean {
    const [folder, leaf] = this.#locate(name)
    const reading = folder.read(leaf, maxBytes)
    if ('fault' in reading || !isMeant(reading.text)) return false
    const path = folder.#join(leaf)
    const hidden = `.${randomHex(8)}.tmp`
    const aside = folder.#join(hidden)
    try {
      fs.renameSync(path, aside)
      const moved = folder.read(hidden, maxBytes)
      const isGone = 'text' in moved && isMeant(moved.text)
      // A link never replaces what has come in the meantime.
      if (!isGone) linkOrCreate(aside, path, 'text' in moved ? moved.text : '')
      fs.unlinkSync(aside)
      return isGone
    } catch (error) {
      if (isMissing(error)) return false
      throw fileFailure(path, error)
    }
  }

  removeAll(name: string): void {
    const folder = this.in(name)
    if (!folder.isThere()) return
    try {
      fs.rmSync(folder.path, { recursive: true, force: true })
    } catch (error) {
      throw fileFailure(folder.path, error)
    }
  }

  adopt(name: string, folder: Folder): boolean {
    const path = this.pathOf(name)
    this.#make()
    if (lookAtReal(path) !== null) return false
    try {
      fs.renameSync(folder.path, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EXDEV' || lookAtReal(path) !== null) return false
      throw fileFailure(path, error)
    }
  }

  /** Runs a change of a file in its folder, which is made first, and once more when it has gone since it was found. */
  #changing<T>(name: string, change: (path: string, mode: { readonly mode?: number }) => T): T {
    const [folder, leaf] = this.#locate(name)
    const path = folder.#join(leaf)
    const mode = RIGHTS[folder.#openTo].file ?? {}
    for (let isAgain = false; ; isAgain = true) {
      if (isAgain || !folder.#isKnown()) folder.#make()
      try {
        return change(path, mode)
      } catch (error) {
        if (isAgain || !isMissing((error as Error).cause ?? error)) throw fileFailure(path, error)
      }
    }
  }

  /** Like {@link isThere}, without looking where that was done a moment ago. */
  #isKnown(): boolean {
    return ticks() - this.#foundAt < TRUSTED_MILLISECONDS || this.isThere()
  }

  #make(): boolean {
    let isNew = false
    for (const { path, openTo, firstFile } of this.#steps) {
      isNew = makeRealDirectory(path, RIGHTS[openTo].folder)
      if (isNew && firstFile !== undefined) createExclusive(join(path, firstFile.name), firstFile.content)
    }
    this.#foundAt = ticks()
    return isNew
  }

  #locate(name: string): [folder: DiskFolder, leaf: string] {
    const end = name.lastIndexOf('/')
    if (end !== -1) return this.#below(name.slice(0, end)).#locate(name.slice(end + 1))
    if (!isOneName(name)) throw coordError('PATH_OUTSIDE', quote(name), this.path)
    return [this, name]
  }

  /** The same as {@link in}, for whoever asks after thousands of files of a few folders. */
  #below(names: string): DiskFolder {
    const known = this.#named.get(names)
    if (known !== undefined) return known
    const folder = this.in(names)
    this.#named.set(names, folder)
    return folder
  }

  #split(name: string): string[] {
    const names = name.split('/')
    if (!names.every(isOneName)) throw coordError('PATH_OUTSIDE', quote(name), this.path)
    return names
  }

  #child(name: string, openTo: OpenTo, firstFile: FirstFile | undefined): DiskFolder {
    const known = this.#inner.get(name)
    if (known !== undefined && known.#openTo === openTo) return known
    const path = this.#join(name)
    const child = new DiskFolder(path, [...this.#steps, { path, openTo, firstFile }], openTo)
    this.#inner.set(name, child)
    return child
  }

  #join(name: string): string {
    return this.path.endsWith(sep) ? this.path + name : this.path + sep + name
  }
}

function isOneName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false
  return !name.includes('/') && !name.includes('\0') && !(sep === '\\' && name.includes('\\'))
}
