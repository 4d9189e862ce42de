import { dirname, resolve } from 'node:path'
import { CoordError, coordError } from '../base/errors.js'
import type { Folder } from '../files/folder.js'
import { diskStorage, type Storage } from '../files/storage.js'

/** Where the files of a repository lie. All paths are absolute; folders need not exist yet. */
export interface Repo {
  readonly root: string
  /** `<root>/.muse` */
  readonly muse: Folder
  /** `<root>/.muse/coordination` */
  readonly coordination: Folder
  /** `<root>/.muse/coordination/.sync`: what this program remembers, for its user alone. */
  readonly sync: Folder
  readonly museDirectory: string
  readonly coordinationDirectory: string
}

/** What tells a repository from `~/.muse`, which holds identities and makes no repository of the home directory. */
const REPOSITORY_MARKS = ['coordination', 'repo.json', 'HEAD']

/**
 * The repository that a directory belongs to: the nearest one upwards with a `.muse/`, or the one that
 * `MUSE_REPO_ROOT` names.
 *
 * @throws `NOT_A_REPO`; `LINK_REFUSED` where the nearest `.muse` is a symbolic link
 */
export function findRepo(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  storage: Storage = diskStorage,
): Repo {
  const start = resolve(directory)
  if (env.MUSE_REPO_ROOT) {
    const named = repoAt(resolve(start, env.MUSE_REPO_ROOT), storage)
    if (!named.muse.isThere()) throw coordError('NOT_A_REPO', named.root)
    return named
  }
  const home = env.HOME ? resolve(env.HOME) : null
  for (let root = start; ; root = dirname(root)) {
    const repo = repoAt(root, storage)
    if (repo.muse.isThere() && (root !== home || isMarked(repo))) return repo
    if (root === dirname(root)) throw coordError('NOT_A_REPO', start)
  }
}

/** The same, `null` where there is no repository. */
export function repoOrNull(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  storage: Storage = diskStorage,
): Repo | null {
  try {
    return findRepo(directory, env, storage)
  } catch (error) {
    if (error instanceof CoordError && error.status === 'not_a_repo') return null
    throw error
  }
}

/** The folders of a repository, without a look whether it is there. */
export function repoAt(root: string, storage: Storage = diskStorage): Repo {
  const muse = storage.open(root).in('.muse')
  const coordination = muse.in('coordination')
  return {
    root,
    muse,
    coordination,
    sync: coordination.in('.sync', { isPrivate: true }),
    museDirectory: muse.path,
    coordinationDirectory: coordination.path,
  }
}

function isMarked({ muse }: Repo): boolean {
  return REPOSITORY_MARKS.some((mark) => muse.stat(mark) !== null)
}
