import { resolve } from 'node:path'
import type { Folder } from '../files/folder.js'
import { diskStorage } from '../files/storage.js'

/** Where the identities of a person or agent lie. */
export interface IdentityPaths {
  readonly home: Folder
  /** `~/.muse`, for its owner alone. */
  readonly muse: Folder
  /** `~/.muse/keys` */
  readonly keys: Folder
  /** `~/.muse/identity.toml`, absolute. */
  readonly file: string
}

/** The file of identities in {@link IdentityPaths.muse}. */
export const IDENTITY_FILE = 'identity.toml'

/** The places below `HOME`; `null` where the environment names no home directory, and so nobody. */
export function identityPaths(env: Readonly<Record<string, string | undefined>>): IdentityPaths | null {
  const named = env.HOME || env.USERPROFILE
  if (!named) return null
  const home = diskStorage.open(resolve(named))
  const muse = home.in('.muse', { isPrivate: true })
  return { home, muse, keys: muse.in('keys'), file: muse.pathOf(IDENTITY_FILE) }
}
