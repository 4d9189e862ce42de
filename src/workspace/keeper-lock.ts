import { isHeldElsewhere, lockHolder } from '../files/process-lock.js'
import type { Repo } from './repo.js'

/** Under `.sync/`: held by the one process that keeps a store in step with its space. */
export const KEEPER_LOCK = 'keeper.lock'

/** Which process keeps a store in step, for a sentence; `null`: none. Loads nothing of what a keeper needs. */
export function keeperOf(repo: Repo): string | null {
  return lockHolder(repo.sync, KEEPER_LOCK)
}

/** Whether a process other than this one keeps a store in step. */
export function isKeptElsewhere(repo: Repo): boolean {
  return isHeldElsewhere(repo.sync, KEEPER_LOCK)
}
