import { join, resolve } from 'node:path'

/** Where the identities of a person or agent lie. All paths are absolute. */
export interface IdentityPaths {
  readonly home: string
  /** `~/.muse` */
  readonly directory: string
  /** `~/.muse/identity.toml` */
  readonly file: string
  /** `~/.muse/keys` */
  readonly keys: string
}

/** The places below `HOME`; `null` where the environment names no home directory, and so nobody. */
export function identityPaths(env: Readonly<Record<string, string | undefined>>): IdentityPaths | null {
  const named = env.HOME || env.USERPROFILE
  if (!named) return null
  const home = resolve(named)
  const directory = join(home, '.muse')
  return { home, directory, file: join(directory, 'identity.toml'), keys: join(directory, 'keys') }
}
