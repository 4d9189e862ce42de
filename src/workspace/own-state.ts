import { CoordError } from '../base/errors.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { ORDER_DIRECTORY } from './replace-file.js'
import type { Repo } from './repo.js'
import { trackedRecords } from './tracked-records.js'

/** In `.sync/`: which directory it was written into. */
const MARK = 'made-here'
const MAX_MARK_BYTES = 1024

/** What a store remembers, how its processes take turns, and what was pulled. */
const BROUGHT = ['.sync', ORDER_DIRECTORY, 'remote']

/** The stores that were looked at already. */
const looked = new Set<string>()

/**
 * Has what a store remembers, and what was pulled into it, be of this machine: a clone that brings both could make its reader
 * blind for what others hold, or tell of holds that nobody has. What is of here bears the number of its directory, which no
 * commit can know. Without that mark it is believed where git tracks none of it, as after an update or in a copy; else it is
 * removed, as the cache that it is, and pulled anew.
 */
export function assureOwnState(repo: Repo): void {
  if (looked.has(repo.root)) return
  const { coordination, sync } = repo
  const isThere = sync.stat() !== null
  if (BROUGHT.every((name) => coordination.stat(name) === null)) return
  if (!isMarked(repo) && bringsState(repo)) {
    withProcessLockSync(repo.muse, `${MARK}.lock`, () => {
      if (isMarked(repo)) return
      for (const name of BROUGHT) coordination.removeAll(name)
      sync.make()
      mark(repo)
    })
  } else if (!isThere) {
    // It can be marked once something is remembered.
    return
  } else if (!isMarked(repo)) markIfPossible(repo)
  looked.add(repo.root)
}

/** Whether git tracks some of what is remembered or was pulled; where that cannot be told it may. */
function bringsState(repo: Repo): boolean {
  const tracked = trackedRecords(repo)
  return tracked === null || tracked.some((path) => /\/coordination\/(\.sync|\.order|remote)(\/|$)/i.test(`/${path}`))
}

/** Whether what is remembered in a store is known to be of this machine, see {@link assureOwnState}. */
export function isMarked(repo: Repo): boolean {
  const reading = repo.sync.read(MARK, MAX_MARK_BYTES)
  return 'text' in reading && reading.text === markOf(repo)
}

function mark(repo: Repo): void {
  repo.sync.write(MARK, markOf(repo))
}

/** A store that may be read alone is looked at again by the next command. */
function markIfPossible(repo: Repo): void {
  try {
    mark(repo)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'FILE_FAILED') throw error
  }
}

function markOf({ sync, root }: Repo): string {
  return `${sync.stat()?.ino} ${root}\n`
}
