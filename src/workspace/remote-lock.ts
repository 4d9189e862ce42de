import { withProcessLock } from '../files/process-lock.js'
import type { Repo } from './repo.js'

/**
 * Runs an action while no other process changes what lies under `remote/`, whatever space it pulls: the index takes one
 * writer's word for what its directories hold.
 *
 * @throws `FILE_LOCKED`, `FILE_FAILED`, `LINK_REFUSED`, and what the action throws
 */
export function withRemoteLock<T>(repo: Repo, action: () => T): Promise<T> {
  return withProcessLock(repo.sync, 'remote.lock', action)
}
