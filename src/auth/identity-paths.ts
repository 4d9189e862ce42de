import { basename, dirname, resolve, sep } from 'node:path'
import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import type { Folder, FolderOptions } from '../files/folder.js'
import { followLinks } from '../files/follow-links.js'
import { diskStorage } from '../files/storage.js'
import { trustedUsers } from '../files/trusted-users.js'

/**
 * Where the identities of a person or agent lie. Each of these may be a link, as dotfile managers and volumes of secrets make
 * them, where all that it leads through belongs to the user or root.
 */
export interface IdentityPaths {
  readonly home: Folder
  /** `~/.muse`, for its owner alone. */
  readonly muse: Folder
  /** `~/.muse/identity.toml`, absolute. */
  readonly file: string
  /** From `trustedUsers`. */
  readonly users: readonly number[] | null
}

/** The file of identities in {@link IdentityPaths.muse}. */
export const IDENTITY_FILE = 'identity.toml'
const PRIVATE: FolderOptions = { openTo: 'user' }

/**
 * The places below `HOME`; `null` where the environment names no home directory, and so nobody.
 *
 * @throws `IDENTITY_INVALID` where `~/.muse` is a link that is not followed
 */
export function identityPaths(env: Environment): IdentityPaths | null {
  const named = env.HOME || env.USERPROFILE
  if (!named) return null
  const home = diskStorage.open(resolve(named))
  const users = trustedUsers(env)
  const muse = folderIn(home, '.muse', users)
  return { home, muse, file: muse.pathOf(IDENTITY_FILE), users }
}

/** `~/.muse/keys`. Throws `IDENTITY_INVALID` where it is a link that is not followed. */
export function keysFolder({ muse, users }: IdentityPaths): Folder {
  return folderIn(muse, 'keys', users)
}

/** Where a path below the home directory, or elsewhere, really lies. Throws `IDENTITY_INVALID`. */
export function placeOf({ muse, home, users }: IdentityPaths, path: string): { path: string; isLinked: boolean } {
  const root = [muse.path, home.path].find((one) => path.startsWith(one + sep)) ?? ''
  return followed(root, path, users)
}

/** A file in `~/.muse`: the folder that it really lies in, and its name there. Throws `IDENTITY_INVALID`. */
export function fileIn({ muse, users }: IdentityPaths, name: string): { folder: Folder; name: string } {
  const { path, isLinked } = followed(muse.path, muse.pathOf(name), users)
  return isLinked ? { folder: folderAt(dirname(path)), name: basename(path) } : { folder: muse, name }
}

function folderIn(folder: Folder, name: string, users: readonly number[] | null): Folder {
  const { path, isLinked } = followed(folder.path, folder.pathOf(name), users)
  return isLinked ? folderAt(path) : folder.in(name, PRIVATE)
}

/** What is written there is for its owner alone, as if it lay in the place of the link. */
function folderAt(path: string): Folder {
  return diskStorage.open(dirname(path)).in(basename(path), PRIVATE)
}

function followed(root: string, path: string, users: readonly number[] | null) {
  const place = followLinks(root, path, users)
  if ('fault' in place) throw coordError('IDENTITY_INVALID', path, `it ${place.fault}.`)
  return place
}
