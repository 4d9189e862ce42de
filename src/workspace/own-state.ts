import { CoordError } from '../base/errors.js'
import { withProcessLockSync } from '../files/process-lock.js'
import { dropBroughtByGit, findBroughtByGit } from './brought-by-git.js'
import { isRemoteLocked } from './remote-lock.js'
import { ORDER_DIRECTORY } from './replace-file.js'
import type { Repo } from './repo.js'
import { indexesOf, trackedRecords } from './tracked-records.js'
import { findWorkingTree, type WorkingTree, workingTreeAt } from './working-tree.js'

/** In `.sync/`: which directory it was written into. */
const MARK = 'made-here'
const MAX_MARK_BYTES = 1024

/** What a store remembers, how its processes take turns, and what was pulled. */
const BROUGHT = ['.sync', ORDER_DIRECTORY, 'remote']

/** In `.sync/`: what git's indexes were when nothing that it tracks stood among what is remembered. */
const GIT_MARK = 'git-looked-at'
const MAX_GIT_MARK_BYTES = 1024

/** By their roots, the stores that were looked at already, each with the git that may bring something and its indexes then. */
const looked = new Map<string, { readonly trees: readonly WorkingTree[]; readonly indexes: string }>()

/**
 * Has what a store remembers, and what was pulled into it, be of this machine: a clone that brings both could make its reader
 * blind for what others hold, or tell of holds that nobody has. What is of here bears the number of its directory, which no
 * commit can know. Without that mark it is believed where git tracks none of it, as after an update or in a copy; else it is
 * removed, as the cache that it is, and pulled anew.
 *
 * A later checkout can bring the same into a store that bears the mark. So each time git has written its index it is looked at,
 * and what git has brought is removed with all that was learnt by it.
 */
export function assureOwnState(repo: Repo): void {
  const before = looked.get(repo.root)
  // A store without git may have got one since.
  if (before !== undefined && before.trees.length > 0 && before.indexes === indexesOf(before.trees)) return
  const { coordination, sync } = repo
  const isThere = sync.stat() !== null
  if (BROUGHT.every((name) => coordination.stat(name) === null)) return
  // Before anything is looked at: what git writes from here on is found next time.
  const trees = treesOf(repo)
  const indexes = indexesOf(trees)
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
  } else {
    if (!isMarked(repo)) noteIfPossible(() => mark(repo))
    if (!isUntouched(repo, indexes) && !assureUntouched(repo, indexes)) return
  }
  looked.set(repo.root, { trees, indexes })
}

/** Whether what a store remembers is known to be of this machine without a further look, see {@link assureOwnState}. */
export function isOwnState(repo: Repo): boolean {
  if (!isMarked(repo)) return false
  const indexes = indexesOf(treesOf(repo))
  if (isUntouched(repo, indexes)) return true
  const { files, states } = findBroughtByGit(repo)
  if (files.length + states.length > 0) return false
  noteUntouched(repo, indexes)
  return true
}

/** @returns `false`: it has to be looked at again, for a pull is changing what was compared */
function assureUntouched(repo: Repo, indexes: string): boolean {
  const brought = findBroughtByGit(repo)
  const isPulling = isRemoteLocked(repo)
  const { files, states } = isPulling ? { ...brought, states: [] } : brought
  if (files.length + states.length > 0) {
    withProcessLockSync(repo.muse, `${MARK}.lock`, () => dropBroughtByGit(repo, { files, states }))
  }
  if (isPulling && brought.states.length > 0) return false
  noteUntouched(repo, indexes)
  return true
}

function isUntouched(repo: Repo, indexes: string): boolean {
  if (indexes === '') return true
  const reading = repo.sync.read(GIT_MARK, MAX_GIT_MARK_BYTES)
  return 'text' in reading && reading.text === indexes
}

function noteUntouched({ sync }: Repo, indexes: string): void {
  if (indexes !== '') noteIfPossible(() => sync.write(GIT_MARK, indexes))
}

/** The working trees that may bring something into the memory of a store: that around it, and such as lie in its directories. */
function treesOf({ root, muse, coordination }: Repo): readonly WorkingTree[] {
  return [findWorkingTree(root), ...[muse, coordination].map(({ path }) => workingTreeAt(path))].filter(
    (tree) => tree !== null,
  )
}

/** Whether git tracks some of what is remembered or was pulled; where that cannot be told it may. */
function bringsState(repo: Repo): boolean {
  const tracked = trackedRecords(repo)
  return tracked === null || tracked.some((path) => /\/coordination\/(\.sync|\.order|remote)(\/|$)/i.test(`/${path}`))
}

/** Whether what is remembered in a store was begun on this machine, see {@link assureOwnState}. */
function isMarked(repo: Repo): boolean {
  const reading = repo.sync.read(MARK, MAX_MARK_BYTES)
  return 'text' in reading && reading.text === markOf(repo)
}

function mark(repo: Repo): void {
  repo.sync.write(MARK, markOf(repo))
}

/** A store that may be read alone is looked at again by the next command. */
function noteIfPossible(note: () => void): void {
  try {
    note()
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'FILE_FAILED') throw error
  }
}

function markOf({ sync, root }: Repo): string {
  return `${sync.stat()?.ino} ${root}\n`
}
