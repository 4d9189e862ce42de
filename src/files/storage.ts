import { DiskFolder } from './disk-folder.js'
import type { Folder } from './folder.js'

/** Where the files of stores lie. */
export interface Storage {
  /** A folder, by its absolute path, which is trusted: only below it links are refused. Nothing is looked at or made. */
  open(root: string): Folder
}

/** The DI token under which the application's one storage is registered. */
export const STORAGE: symbol = Symbol.for('muse-coord.storage')

/** This machine's file system. */
export const diskStorage: Storage = { open: (root) => DiskFolder.at(root) }
