import fs from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileError } from '../base/errors.js'
import { isMissing } from '../files/file-failure.js'

/** A git working tree, as the files in and behind its `.git` tell; no git process is asked. All paths are absolute. */
export interface WorkingTree {
  /** The directory that holds `.git`. */
  readonly top: string
  /** What is its own in git: its `HEAD`, its index. */
  readonly gitDirectory: string
  /** What all working trees of the repository share: `.git` of the main one, or the bare repository. */
  readonly commonDirectory: string
  /** Whether `git worktree add` made it. */
  readonly isLinked: boolean
  /** Where the repository is at home: its main working tree, or the directory in which the bare repository lies. */
  readonly home: string
}

/**
 * The innermost working tree that a directory lies in, and `null` where there is none up to the root of the file system
 * that it lies on: what is mounted elsewhere belongs to somebody else, as for git.
 *
 * @param directory absolute, without symbolic links
 */
export function findWorkingTree(directory: string): WorkingTree | null {
  const device = statOrNull(directory)?.dev
  for (let top = directory; ; top = dirname(top)) {
    if (top !== directory && device !== undefined && statOrNull(top)?.dev !== device) return null
    const tree = workingTreeAt(top)
    if (tree !== null) return tree
    if (top === dirname(top)) return null
  }
}

/** The tops of all working trees of a repository that are there, the main one first. */
export function workingTreeTops({ commonDirectory, home }: WorkingTree): readonly string[] {
  const tops = workingTreeAt(home) === null ? [] : [home]
  const administration = join(commonDirectory, 'worktrees')
  for (const name of namesIn(administration)) {
    // Each holds the path of the `.git` file in its working tree, which may have been moved or removed since.
    const gitFile = firstLine(join(administration, name, 'gitdir'))
    const top = gitFile === null ? null : dirname(resolve(administration, name, gitFile))
    if (top !== null && statOrNull(top) !== null) tops.push(fs.realpathSync(top))
  }
  return tops
}

/** The branch that is checked out; `null`: none, as in the middle of a rebase. */
export function checkedOutBranch({ gitDirectory }: WorkingTree): string | null {
  const [, branch = null] = /^ref: refs\/heads\/(\S+)$/.exec(firstLine(join(gitDirectory, 'HEAD')) ?? '') ?? []
  return branch
}

/** The one whose top a directory is; `null`: it is none's. */
export function workingTreeAt(top: string): WorkingTree | null {
  // Asked of dozens of directories: to join two names the longer way takes as long as to look.
  const entry = top.endsWith(sep) ? `${top}.git` : `${top}${sep}.git`
  const stats = statOrNull(entry)
  if (stats === null) return null
  const gitDirectory = stats.isDirectory() ? entry : gitDirectoryNamedIn(entry)
  if (gitDirectory === null || statOrNull(join(gitDirectory, 'HEAD')) === null) return null
  const common = firstLine(join(gitDirectory, 'commondir'))
  const commonDirectory = realPath(common === null ? gitDirectory : resolve(gitDirectory, common))
  const isLinked = common !== null
  return { top, gitDirectory, commonDirectory, isLinked, home: isLinked ? homeOf(commonDirectory) : top }
}

/** A `.git` file holds `gitdir: <path>`: that of a linked working tree, of a submodule, or of `--separate-git-dir`. */
function gitDirectoryNamedIn(file: string): string | null {
  const [, path] = /^gitdir:\s*(.+)$/.exec(firstLine(file) ?? '') ?? []
  return path === undefined ? null : resolve(dirname(file), path)
}

/** A submodule's repository lies in that of the tree around it, and names its working tree in its settings. */
function homeOf(commonDirectory: string): string {
  const settings = textOrNull(join(commonDirectory, 'config')) ?? ''
  const [, worktree] = /^\s*worktree\s*=\s*"?([^"\n]+?)"?\s*$/im.exec(settings) ?? []
  if (worktree !== undefined) return realPath(resolve(commonDirectory, worktree))

  return dirname(commonDirectory)
}

function firstLine(file: string): string | null {
  return textOrNull(file)?.split('\n', 1)[0]?.trim() || null
}

function textOrNull(file: string): string | null {
  return orNull(file, () => fs.readFileSync(file, 'utf8'))
}

function namesIn(directory: string): readonly string[] {
  return orNull(directory, () => fs.readdirSync(directory)) ?? []
}

function statOrNull(path: string): fs.Stats | null {
  return orNull(path, () => fs.statSync(path, { throwIfNoEntry: false }) ?? null)
}

function realPath(path: string): string {
  return orNull(path, () => fs.realpathSync(path)) ?? path
}

/** `null` only for what is not there: what cannot be read may be there, and to pass it over would make an island. */
function orNull<T>(path: string, read: () => T | null): T | null {
  try {
    return read()
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError(path, error)
  }
}
