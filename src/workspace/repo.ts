import fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CoordError, coordError, fileError } from '../base/errors.js'

/** Where the files of a repository lie. All paths are absolute. */
export interface Repo {
  readonly root: string
  /** `<root>/.muse` */
  readonly museDirectory: string
  /** `<root>/.muse/coordination`; need not exist yet. */
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
export function findRepo(directory: string, env: Readonly<Record<string, string | undefined>>): Repo {
  const start = resolve(directory)
  if (env.MUSE_REPO_ROOT) {
    const named = resolve(start, env.MUSE_REPO_ROOT)
    if (!hasMuse(named)) throw coordError('NOT_A_REPO', named)
    return repoAt(named)
  }
  const home = env.HOME ? resolve(env.HOME) : null
  for (let root = start; ; root = dirname(root)) {
    if (hasMuse(root) && (root !== home || isMarked(root))) return repoAt(root)
    if (root === dirname(root)) throw coordError('NOT_A_REPO', start)
  }
}

/** The same, `null` where there is no repository. */
export function repoOrNull(directory: string, env: Readonly<Record<string, string | undefined>>): Repo | null {
  try {
    return findRepo(directory, env)
  } catch (error) {
    if (error instanceof CoordError && error.status === 'not_a_repo') return null
    throw error
  }
}

/** The paths of a repository, without a look whether it is there. */
export function repoAt(root: string): Repo {
  const museDirectory = join(root, '.muse')
  return { root, museDirectory, coordinationDirectory: join(museDirectory, 'coordination') }
}

function hasMuse(root: string): boolean {
  const path = join(root, '.muse')
  let found: fs.Stats | undefined
  try {
    found = fs.lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false
    throw fileError(path, error)
  }
  if (found?.isSymbolicLink()) throw coordError('LINK_REFUSED', path)
  return found?.isDirectory() ?? false
}

function isMarked(root: string): boolean {
  return REPOSITORY_MARKS.some((mark) => fs.existsSync(join(root, '.muse', mark)))
}
