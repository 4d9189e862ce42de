import { lockHolder, withProcessLock } from '../files/process-lock.js'
import type { Repo } from './repo.js'

const LOCK = 'remote.lock'

/**
 * Runs an action while no other process changes what lies under `remote/`, whatever space it pulls: the index takes one
 * writer's word for what its directories hold.
 *
 * @param signal ends the wait for it; left out: what is done by it has to be done all the same
 * @throws `INTERRUPTED`, `FILE_LOCKED`, `FILE_FAILED`, `LINK_REFUSED`, and what the action throws
 */
export function withRemoteLock<T>(repo: Repo, action: () => T, signal?: AbortSignal): Promise<T> {
  return withProcessLock(repo.sync, LOCK, action, { signal })
}

/** Whether some process changes what lies under `remote/` just now. */
export function isRemoteLocked(repo: Repo): boolean {
  return lockHolder(repo.sync, LOCK) !== null
}
