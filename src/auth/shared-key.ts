import { CoordError } from '../base/errors.js'
import { hostsOf } from '../record/hub-url.js'
import { findEntry, identityHosts } from './identity-entries.js'
import { type Identity, loadIdentity } from './identity-file.js'
import { identityPaths } from './identity-paths.js'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The identity whose key signs at the hubs that have none of their own yet: the first one that can be used. A key that some hub
 * was told to take no more is not used at another: whoever revoked it thought that others have it. `null`: there is none.
 *
 * @throws `IDENTITY_INVALID`, `LINK_REFUSED`, `FILE_FAILED` where the file cannot be read as a whole
 */
export function sharedIdentity(env: Environment): Identity | null {
  const sections = readableSections(env)
  const revoked = new Set(sections.flatMap(({ fingerprint, revokedAt }) => (revokedAt === null ? [] : [fingerprint])))
  for (const { host, fingerprint } of sections) {
    if (revoked.has(fingerprint)) continue
    try {
      return loadIdentity(env, { host })
    } catch (error) {
      // One whose key is missing or open to others is told of by `auth whoami`; the next one may serve.
      if (!(error instanceof CoordError)) throw error
    }
  }
  return null
}

/** The other hosts at which an identity's key signs, in the order of the file. Throws as {@link sharedIdentity}. */
export function otherHostsOf(
  env: Environment,
  { host, fingerprint }: Pick<Identity, 'host' | 'fingerprint'>,
): string[] {
  const own = hostsOf(host)
  return readableSections(env)
    .filter((section) => section.fingerprint === fingerprint && section.revokedAt === null)
    .map((section) => section.host)
    .filter((other) => !own.includes(other))
}

function readableSections(env: Environment) {
  const paths = identityPaths(env)
  if (paths === null) return []
  return identityHosts(env).flatMap((host) => {
    try {
      return findEntry(paths, { host: host.toLowerCase() }) ?? []
    } catch (error) {
      if (!(error instanceof CoordError)) throw error
      return []
    }
  })
}
