import type { Environment } from '../base/environment.js'

const ROOT = 0

/**
 * The ids of the users whose files a user believes: the own ones, and root's. `null`: this system has no such owners, as
 * Windows has none.
 */
export function trustedUsers(env: Environment): readonly number[] | null {
  const user = process.geteuid?.()
  if (user === undefined) return null
  // As git does: who became root with sudo works on their own repository.
  return [user, ROOT, ...(user === ROOT && env.SUDO_UID ? [Number(env.SUDO_UID)] : [])]
}
