import type { Stats } from 'node:fs'
import type { ReadFault } from './read-text.js'

/**
 * Who may use what is made in a folder: its user alone (0600 and 0700), the group too (0660 and 0770), besides all others to read
 * (0664 and 0775), whatever the umask; or whom the umask lets.
 */
export type OpenTo = 'user' | 'group' | 'group_and_readers' | 'all'

export interface FolderOptions {
  /** Left out: as in the folder around it. */
  readonly openTo?: OpenTo
  /** What lies in it from the moment it is made. One that is there already is left as it is. */
  readonly firstFile?: FirstFile
}

export interface FirstFile {
  readonly name: string
  readonly content: string
}

export interface FileOptions {
  /** Waits until the disk has it. */
  readonly fsync?: boolean
  /** Its permission bits, whatever the umask; left out: as in the folder around it. */
  readonly mode?: number
}

/** What became of a file that is to hold some content. */
export interface Update {
  readonly outcome: 'created' | 'replaced' | 'unchanged'
  /** The file as it holds that very content; `null`: somebody else has changed or replaced it since. */
  readonly stats: Stats | null
}

/**
 * A directory and all that lies below it. It need not exist: reading finds nothing then, writing makes it.
 *
 * Nobody leaves it. A name is one or more names joined by `/`; what would lead out is refused with `PATH_OUTSIDE`, and a
 * symbolic link on the way or in the place of a file with `LINK_REFUSED`. The root that the folder was opened at is
 * trusted. Every failure is a `FILE_FAILED` with its path, and only what is known not to be there counts as missing.
 */
export interface Folder {
  /** Absolute. For sentences, and for what has to be told a path: a watch, a database. */
  readonly path: string

  /** A folder inside of this one. Nothing is looked at or made. */
  in(name: string, options?: FolderOptions): Folder

  /** The path of a name in this folder. */
  pathOf(name: string): string

  /** The name by which something below this folder is known in it. */
  nameOf(path: string): string

  /** Whether it is there, looked at anew, however long ago it was looked at last. */
  isThere(): boolean

  /**
   * Makes it where it is missing; `false`: it was there. What has to be made around it gets the usual permissions, or
   * those of its own folder. A private one that is open to others is closed.
   */
  make(): boolean

  /** The names in it, in no order and as they are read; none where it is missing, `FILE_FAILED` where a file has its place. */
  names(): Iterable<string>

  /** What lies under a name, links not followed; without a name the folder itself. `null`: nothing. */
  stat(name?: string): Stats | null

  /** The text of a regular file of at most so many bytes, or why it has none: it is missing, too long, no UTF-8. */
  read(name: string, maxBytes: number): { readonly text: string } | ReadFault

  /** Puts a file in place whole, or replaces it: a reader meets the old content or the new. */
  write(name: string, content: string | Uint8Array, options?: FileOptions): void

  /** The same, unless the file holds this very content already. */
  update(name: string, content: string): Update

  /**
   * Makes a file that must not exist yet, whole: of any number of callers at once exactly one gets `true`. On file systems
   * without hard links there is still one, but a reader may meet the file half-written.
   */
  create(name: string, content: string, options?: FileOptions): boolean

  /**
   * The same as a further name of the file `original` in this folder, which is made when it is missing. Cheaper for what is
   * removed at once: the inode stays.
   */
  createLinked(name: string, original: string, content: string): boolean

  /** Writes a file straight under its name: for a folder that nobody reads yet. A kill leaves half of it. Returns what it is then. */
  fill(name: string, content: string): Stats

  /** Adds to the end of a file in one write, and makes it where it is missing. */
  append(name: string, text: string): void

  /** Writes to a file and returns the moment by the file system's own clock: milliseconds since 1970. */
  touch(name: string): number

  /** Removes a file; `false`: there was none. */
  remove(name: string): boolean

  /**
   * Removes a file that still says what the caller means, and no other that may have come in its place: it is looked at
   * again under a name that nobody knows, and put back unless another one has its name by then. Whether it is gone.
   */
  removeIf(name: string, maxBytes: number, isMeant: (text: string) => boolean): boolean

  /** Removes a folder inside of this one with all that it holds. */
  removeAll(name: string): void

  /**
   * Gives another folder, with all that it holds, a name in this one. `false`: the name is taken, or the folder lies on
   * another file system, as one does that is a mount of its own.
   */
  adopt(name: string, folder: Folder): boolean
}
