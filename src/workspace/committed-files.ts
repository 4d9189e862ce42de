import fs from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.js'
import { isMissing } from '../files/file-failure.js'
import { WHOEVER_COMMITTED } from './entry.js'
import type { RecordFile } from './record-files.js'
import type { Repo } from './repo.js'
import { type Tracked, trackedPathsOf } from './tracked-records.js'
import { findWorkingTree } from './working-tree.js'

/** What git says of a store. */
interface Said {
  readonly root: string
  /** Milliseconds since 1970, before it was asked. */
  readonly at: number
  readonly tracked: Tracked
  /** Whether git is writing its index. */
  readonly isAtWork: boolean
}

/** Of thousands of files that are read together git is asked once. */
let said: Said | undefined

const SAID_MILLISECONDS = 1000
/** A file system stamps in steps: what bears an earlier stamp may have been written so much later. */
const STAMP_STEP_MILLISECONDS = 100

/**
 * The author of a record file of a store's own: {@link WHOEVER_COMMITTED} where git tracks it, `null`, the user of the store,
 * where it does not. What was changed since it was committed is not told from what was not: how a file comes into the working
 * tree is for the repository's own attributes to say.
 */
export function authorOfFile(repo: Repo, file: RecordFile): string | null {
  return ask(repo, file).tracked.has(file.path) ? WHOEVER_COMMITTED : null
}

/** Whether git may have brought a file that its index does not name yet: it writes that last. */
export function mayGitHaveBrought(repo: Repo, file: RecordFile): boolean {
  return ask(repo, file).isAtWork
}

/** What git has said is said of what stood there then. */
function ask(repo: Repo, { changedAt }: RecordFile): Said {
  const now = systemClock.now()
  const isSaid =
    said?.root === repo.root &&
    !said.isAtWork &&
    changedAt < said.at - STAMP_STEP_MILLISECONDS &&
    Math.abs(now - said.at) < SAID_MILLISECONDS
  // The lock first: what git begins to write from here on has changed after this.
  if (!isSaid) said = { root: repo.root, at: now, isAtWork: hasLock(repo), tracked: trackedPathsOf(repo) }
  return said as Said
}

function hasLock(repo: Repo): boolean {
  const tree = findWorkingTree(repo.root)
  if (tree === null) return false
  try {
    return fs.statSync(join(tree.gitDirectory, 'index.lock')) !== null
  } catch (error) {
    // What may not be looked at is not known to be at rest.
    return !isMissing(error)
  }
}
