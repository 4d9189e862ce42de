import fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { IDENTITY_FILE } from '../auth/identity-paths.js'
import type { Environment } from '../base/environment.js'
import { coordError, fileError } from '../base/errors.js'
import { isMissing } from '../files/file-failure.js'
import { isRealDirectory, lookAt } from '../files/real-directory.js'
import { findWorkingTree, type WorkingTree } from './working-tree.js'

/** Where a command works. All paths are absolute, without symbolic links. */
export interface Location {
  /** The directory that holds `.muse/`: one store for all working trees of a repository. */
  readonly root: string
  /** The top of the tree in which addresses are read: the working tree of the store's repository, else {@link root}. */
  readonly tree: string
  /** The working tree of the store's repository that the directory lies in; `null` without git. */
  readonly workingTree: WorkingTree | null
}

/** What tells a store from `~/.muse`, which holds identities and makes no store of the home directory. */
const STORE_MARKS = ['coordination', 'repo.json', 'HEAD']

/**
 * Finds the store of a directory. `MUSE_REPO_ROOT` names its root outright. Else, in a linked working tree of git, it is that
 * of the repository's home where there is one, whatever the tree itself has checked out. Else it is the nearest `.muse/`
 * upwards on the same file system. `null`: there is none.
 */
export function locate(directory: string, env: Environment): Location | null {
  const start = realDirectory(resolve(directory))
  if (lookAt(start) === null) throw coordError('DIRECTORY_MISSING', start)
  const home = env.HOME ? resolve(env.HOME) : null
  if (env.MUSE_REPO_ROOT) {
    const root = realDirectory(resolve(start, env.MUSE_REPO_ROOT))
    return isStore(root, home) ? locationOf(root, start, remembered(treesAround(start))) : null
  }
  const trees = remembered(treesAround(start))
  for (const tree of trees()) {
    if (tree.isLinked && isStore(tree.home, home)) return { root: tree.home, tree: tree.top, workingTree: tree }
    const root = nearestStore(start, tree.top, home)
    if (root !== null) return locationOf(root, start, trees)
  }
  const root = nearestStore(start, null, home)
  return root === null ? null : locationOf(root, start, trees)
}

/**
 * The working tree of the store's repository around a directory. Nested clones and submodules that have no store of their
 * own belong to the tree around them.
 *
 * @param trees those around `start`
 */
function locationOf(root: string, start: string, trees: () => Generator<WorkingTree, void>): Location {
  const ofRoot = () => (root === start ? (trees().next().value ?? null) : findWorkingTree(root))
  let repository: WorkingTree | null | undefined
  for (const workingTree of trees()) {
    const isAtHome = workingTree.home === root
    if (!isAtHome && repository === undefined) repository = ofRoot()
    if (isAtHome || workingTree.commonDirectory === repository?.commonDirectory) {
      return { root, tree: workingTree.top, workingTree }
    }
  }
  repository ??= ofRoot()
  // Named outright from outside, or the store stands beside every working tree, as that of a bare repository does.
  return { root, tree: repository?.top ?? root, workingTree: repository }
}

/** The working trees around a directory, the innermost first. Each is looked for when it is asked for. */
function* treesAround(start: string): Generator<WorkingTree, void> {
  for (let tree = findWorkingTree(start); tree !== null; tree = findWorkingTree(dirname(tree.top))) {
    yield tree
    if (tree.top === dirname(tree.top)) return
  }
}

/** What a generator yields, from the beginning each time; it is asked for each once. */
function remembered<Item>(items: Iterator<Item, void>): () => Generator<Item, void> {
  const known: Item[] = []
  return function* () {
    for (let index = 0; ; index++) {
      if (index === known.length) {
        const next = items.next()
        if (next.done) return
        known.push(next.value)
      }
      yield known[index] as Item
    }
  }
}

/** @param end the last directory to look in; `null`: the root of the file system that `start` lies on */
function nearestStore(start: string, end: string | null, home: string | null): string | null {
  const device = fs.statSync(start).dev
  for (let root = start; fs.statSync(root).dev === device; root = dirname(root)) {
    if (isStore(root, home)) return root
    if (root === end || root === dirname(root)) return null
  }
  return null
}

function isStore(root: string, home: string | null): boolean {
  const path = join(root, '.muse')
  if (!isRealDirectory(path)) return false
  const holds = (name: string) => lookAt(join(path, name)) !== null
  // Also of another home: a program that is given a home of its own may work below that of its user.
  const isOfIdentities = root === home || holds(IDENTITY_FILE)
  return !isOfIdentities || STORE_MARKS.some(holds)
}

/** A shell may stand in a directory by a symbolic link, and git's own paths have none. */
function realDirectory(directory: string): string {
  try {
    return fs.realpathSync(directory)
  } catch (error) {
    if (isMissing(error)) return directory
    throw fileError(directory, error)
  }
}
