import fs from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.js'
import { fileError } from '../base/errors.js'
import { isMissing } from '../files/file-failure.js'
import { WHOEVER_COMMITTED } from './entry.js'
import type { TrackedFile } from './git-index.js'
import type { RecordFile } from './record-files.js'
import type { Repo } from './repo.js'
import { type Tracked, trackedPathsOf, treesWithRecords } from './tracked-records.js'
import type { WorkingTree } from './working-tree.js'

/** What git says of a store. */
interface Said {
  /** The file that it was asked for, as it was looked at before. */
  readonly of: RecordFile
  readonly root: string
  /** Milliseconds since 1970, before it was asked. */
  readonly at: number
  readonly tracked: Tracked
  /** Since when git has been about to write its index: milliseconds since 1970; `null`: it is not. */
  readonly lockedAt: number | null
}

/** Of thousands of files that are read together git is asked once. */
let said: Said | undefined

/** Less than git takes. */
const SAID_MILLISECONDS = 2
/** A lock that is older was left by a git that has been killed. */
const LEFT_MILLISECONDS = 600_000
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

/**
 * The same of a kind whose files are rewritten in place: what somebody here has written since git did is the user's own. The time at
 * which a file was written tells, which no repository can say.
 */
export function authorOfRewrittenFile(repo: Repo, file: RecordFile): string | null {
  const { tracked } = ask(repo, file)
  if (!tracked.has(file.path)) return null
  const writtenAt = tracked.get(file.path) ?? null
  return isAsGitHasIt(writtenAt, file.modifiedAt) ? WHOEVER_COMMITTED : null
}

/**
 * Whether nobody has written a file that git tracks since git had it; where that cannot be told, nobody has. Milliseconds since 1970.
 *
 * @param writtenAt see {@link TrackedFile}
 */
export function isAsGitHasIt(writtenAt: number | null, modifiedAt: number | null): boolean {
  if (writtenAt === null || modifiedAt === null) return true
  // A file system, or a git, may know seconds alone.
  const isCoarse = writtenAt % 1000 === 0 || modifiedAt % 1000 === 0
  if (isCoarse) return Math.floor(writtenAt / 1000) === Math.floor(modifiedAt / 1000)
  return Math.abs(writtenAt - modifiedAt) < STAMP_MILLISECONDS
}

/** Whether git may have brought a file that its index does not name yet: it writes that last. */
export function mayGitHaveBrought(repo: Repo, file: RecordFile): boolean {
  const { lockedAt } = ask(repo, file)
  // Both by the clock of the file system.
  return lockedAt !== null && file.changedAt >= lockedAt
}

/** Whether a record file of a store's own is, or may be, by {@link WHOEVER_COMMITTED}: nobody has this user sign it. */
export function isForeign(repo: Repo, file: RecordFile): boolean {
  return authorOfFile(repo, file) !== null || mayGitHaveBrought(repo, file)
}

/** What two numbers of one time may differ by. */
const STAMP_MILLISECONDS = 0.01

/** What git has said is said of what stood there then. */
function ask(repo: Repo, file: RecordFile): Said {
  const now = systemClock.now()
  const isSaid =
    said?.root === repo.root &&
    Math.abs(now - said.at) < SAID_MILLISECONDS &&
    (said.of === file || (said.lockedAt === null && file.changedAt < said.at - STAMP_STEP_MILLISECONDS))
  if (isSaid) return said as Said
  const trees = treesWithRecords(repo)
  // The lock first: what git begins to write from here on has changed after this.
  const since = lockedAt(trees, now)
  said = { of: file, root: repo.root, at: now, lockedAt: since, tracked: trackedPathsOf(repo, trees) }
  return said
}

/** Since when, of the trees that git may bring records by, the one that has been locked for longest. */
function lockedAt(trees: readonly WorkingTree[], now: number): number | null {
  const locks = trees.flatMap((tree) => lockOf(tree) ?? [])
  const fresh = locks.filter((at) => now - at <= LEFT_MILLISECONDS)
  return fresh.length === 0 ? null : Math.min(...fresh)
}

function lockOf({ gitDirectory }: WorkingTree): number | null {
  const lock = join(gitDirectory, 'index.lock')
  try {
    // It is made when git begins, and written when it ends.
    const { birthtimeMs, mtimeMs } = fs.statSync(lock)
    return birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError(lock, error)
  }
}
