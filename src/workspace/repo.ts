import { resolve } from 'node:path'
import type { Environment } from '../base/environment.js'
import { CoordError, coordError } from '../base/errors.js'
import type { FirstFile, Folder, OpenTo } from '../files/folder.js'
import { diskStorage, type Storage } from '../files/storage.js'
import { locate } from './locate.js'
import { assertOwnership } from './ownership.js'
import { type WorkingTree, workingTreeTops } from './working-tree.js'

/** Where the files of a repository lie. All paths are absolute; folders need not exist yet. */
export interface Repo {
  readonly root: string
  /** `<root>/.muse` */
  readonly muse: Folder
  /** `<root>/.muse/coordination` */
  readonly coordination: Folder
  /** Whether the users of its group share it: `.muse/` may be written by the group. */
  readonly isShared: boolean
  /** Who may use the files of records: those who share the store, else whom the umask lets. */
  readonly recordsOpenTo: OpenTo
  /** `<root>/.muse/coordination/.sync`: what this program remembers, for its user alone or for those who share it. */
  readonly sync: Folder
  /** The top of the tree in which addresses are read. */
  readonly tree: string
  /** The working tree of git that it is; `null` without git. */
  readonly workingTree: WorkingTree | null
  /** The path of {@link coordination}. */
  readonly coordinationDirectory: string
}

/** The repository that a directory belongs to, see {@link locate}. Throws `NOT_A_REPO`, and `STORE_UNTRUSTED` for a stranger's. */
export function findRepo(directory: string, env: Environment, storage: Storage = diskStorage): Repo {
  const location = locate(directory, env)
  if (location === null) throw coordError('NOT_A_REPO', resolve(directory, env.MUSE_REPO_ROOT ?? ''))
  assertOwnership(location.root, env)
  return { ...repoAt(location.root, storage), tree: location.tree, workingTree: location.workingTree }
}

/** The same, `null` where there is none. */
export function repoOrNull(directory: string, env: Environment, storage: Storage = diskStorage): Repo | null {
  try {
    return findRepo(directory, env, storage)
  } catch (error) {
    if (error instanceof CoordError && error.status === 'not_a_repo') return null
    throw error
  }
}

/**
 * Has git pass over all that lies beside it, itself too: records are not to be committed, stashed or cleaned away. It has
 * to lie in the directory of the records, for `git stash -u` takes away a directory that holds one file it may take.
 */
export const IGNORE_ALL: FirstFile = { name: '.gitignore', content: '*\n' }

/** The tops of all working trees of a repository that are there; without git its root. */
export function treeTops({ tree, workingTree }: Repo): readonly string[] {
  return workingTree === null ? [tree] : workingTreeTops(workingTree)
}

const WRITABLE_BY_GROUP = 0o020
const READABLE_BY_OTHERS = 0o004

/** The folders of a repository, without a look whether it is there. */
export function repoAt(root: string, storage: Storage = diskStorage): Repo {
  const around = storage.open(root)
  const mode = around.in('.muse').stat()?.mode ?? 0
  const isShared = (mode & WRITABLE_BY_GROUP) !== 0
  const recordsOpenTo = isShared ? ((mode & READABLE_BY_OTHERS) === 0 ? 'group' : 'group_and_readers') : 'all'
  const muse = around.in('.muse', { openTo: recordsOpenTo })
  const coordination = muse.in('coordination', { firstFile: IGNORE_ALL })
  return {
    root,
    isShared,
    recordsOpenTo,
    muse,
    coordination,
    sync: coordination.in('.sync', { openTo: isShared ? 'group' : 'user' }),
    tree: root,
    workingTree: null,
    coordinationDirectory: coordination.path,
  }
}
