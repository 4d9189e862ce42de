import { join, resolve } from 'node:path'
import type { Environment } from '../base/environment.js'
import type { Folder, FolderOptions } from '../files/folder.js'
import { lookAt } from '../files/real-directory.js'
import { diskStorage } from '../files/storage.js'

const PRIVATE: FolderOptions = { openTo: 'user' }
/** A name of a directory may have 255 bytes. */
const MAX_NAME = 200

/**
 * Where a program notes what concerns a store while that cannot be read, is not believed or cannot be written: a folder of this
 * name in `~/.muse/`, for its user alone, and in it one for each store. `null` without a home directory.
 *
 * @param root the directory that holds the store, absolute
 */
export function besideStore({ HOME, USERPROFILE }: Environment, root: string, name: string): Folder | null {
  const home = HOME || USERPROFILE
  if (!home) return null
  const store = encodeURIComponent(root).slice(-MAX_NAME)
  const place = join(resolve(home), '.muse')
  // A link leads to what its user has chosen.
  const isLink = lookAt(place)?.isSymbolicLink() === true
  const muse = isLink ? diskStorage.open(place) : diskStorage.open(resolve(home)).in('.muse', PRIVATE)
  return muse.in(name, PRIVATE).in(store, PRIVATE)
}
