import { join } from 'node:path'
import type { Environment } from '../base/environment.js'
import { coordError } from '../base/errors.js'
import { lookAtReal } from '../files/real-directory.js'
import { trustedUsers } from '../files/trusted-users.js'
import { knownWorkspace } from './known-workspaces.js'

const WRITABLE_BY_EVERYBODY = 0o002

/**
 * Why what a store says may be the word of somebody whom its user has no reason to believe, as the rest of a sentence that
 * begins with the store: its `.muse/` belongs to another user than the one who asks and root, or can be written by everybody.
 * `null`: nothing is wrong. Whoever shares a group was let in by the one who made it.
 */
export function ownershipFault(root: string, env: Environment): string | null {
  const users = trustedUsers(env)
  const found = lookAtReal(join(root, '.muse'))
  if (users === null || found === null) return null
  const faults: string[] = []
  if (!users.includes(found.uid)) faults.push(`belongs to the user ${found.uid}`)
  if ((found.mode & WRITABLE_BY_EVERYBODY) !== 0) faults.push('can be written by everybody')
  return faults.length === 0 ? null : faults.join(' and ')
}

/**
 * Refuses a store whose owner nobody vouches for. Who names its root by `MUSE_REPO_ROOT` does, as by `GIT_DIR`; who looked at
 * it and trusted it did. Throws `STORE_UNTRUSTED`.
 */
export function assertOwnership(root: string, env: Environment): void {
  if (env.MUSE_REPO_ROOT) return
  const fault = ownershipFault(root, env)
  if (fault !== null && knownWorkspace(env, root).ownership !== fault) throw coordError('STORE_UNTRUSTED', root, fault)
}
