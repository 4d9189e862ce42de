import fs from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isMissing } from '../files/file-failure.js'
import { CONFIG_FILE, configPath } from './config.js'
import { type TrackedFile, trackedFiles } from './git-index.js'
import { ignoresCase } from './ignores-case.js'
import { signatureOf } from './record-files.js'
import type { Repo } from './repo.js'
import { findWorkingTree, type WorkingTree, workingTreeAt } from './working-tree.js'

/** What one working tree tracks of a store: absolute paths. */
export interface TrackedByTree {
  readonly top: string
  readonly files: readonly TrackedFile[]
}

/**
 * The files of a store that git tracks, by the working trees that bring them: they come with every clone and change with every
 * branch, so what they say is nobody's word. None where there is no git. `null`: it cannot be told.
 */
export function trackedByTrees(repo: Repo): readonly TrackedByTree[] | null {
  return filesIn(repo, treesWithRecords(repo), `${repo.coordinationDirectory}${sep}`)
}

/** The same, by their paths from the top of the working tree that the store lies in. */
export function trackedRecords(repo: Repo): readonly string[] | null {
  const top = findWorkingTree(repo.root)?.top ?? repo.root
  return trackedByTrees(repo)?.flatMap(({ files }) => files.map(({ path }) => relative(top, path))) ?? null
}

/**
 * The files of a store that git tracks by their absolute paths, with when each had been written as git last had it: milliseconds since
 * 1970, `null` where git's index does not tell.
 */
export type Tracked = Pick<ReadonlyMap<string, number | null>, 'get' | 'has'>

const NONE: Tracked = new Map()

let known: { readonly indexes: string; readonly tracked: Tracked } | undefined

/**
 * See {@link Tracked}; an index of git that is as it was is not read again. None where it cannot be told.
 *
 * @param trees see {@link treesWithRecords}; looked for when left out
 */
export function trackedPathsOf(repo: Repo, trees: readonly WorkingTree[] = treesWithRecords(repo)): Tracked {
  const signatures = indexesOf(trees)
  if (signatures === '') return NONE
  const indexes = `${repo.root}\n${signatures}`
  if (known?.indexes === indexes) return known.tracked
  const files = (trackedByTrees(repo) ?? []).flatMap((tree) => tree.files)
  // Git may have spelt the store's own directories in another way.
  const spelt = ignoresCase(repo) ? (path: string) => path.toLowerCase() : (path: string) => path
  const times = new Map(files.map(({ path, writtenAt }) => [spelt(path), writtenAt]))
  known = { indexes, tracked: { get: (path) => times.get(spelt(path)), has: (path) => times.has(spelt(path)) } }
  return known.tracked
}

/** What git's indexes of some working trees are; another text when one was written since. `''`: there is none. */
export function indexesOf(trees: readonly WorkingTree[]): string {
  const stats = trees.map((tree) => fs.statSync(indexOf(tree), { throwIfNoEntry: false }))
  return stats.every((one) => one === undefined) ? '' : stats.map((one) => one && signatureOf(one)).join('\n')
}

/** Whether git tracks the settings of a store: then they came with the clone, or a branch. `null`: it cannot be told. */
export function areSettingsTracked(repo: Repo): boolean | null {
  const found = filesIn(repo, treesWith(repo, [repo.muse.path]), configPath(repo))
  // Others may begin like it: config.toml.old.
  const isConfig = ({ path }: TrackedFile) => path.toLowerCase().endsWith(`${sep}${CONFIG_FILE}`)
  return found?.some(({ files }) => files.some(isConfig)) ?? null
}

/** The working trees by which git may bring records: the one around a store, and such as lie in it, as submodules do. */
export function treesWithRecords(repo: Repo): readonly WorkingTree[] {
  const { muse, coordination } = repo
  return treesWith(repo, [
    muse.path,
    coordination.path,
    ...Array.from(coordination.names(), (name) => coordination.pathOf(name)),
  ])
}

function treesWith({ root }: Repo, inside: readonly string[]): readonly WorkingTree[] {
  return [findWorkingTree(root), ...inside.map(workingTreeAt)].filter((tree) => tree !== null)
}

function indexOf({ gitDirectory }: WorkingTree): string {
  return join(gitDirectory, 'index')
}

/** The files whose absolute paths have this beginning. */
function filesIn(repo: Repo, trees: readonly WorkingTree[], beginning: string): readonly TrackedByTree[] | null {
  const found = trees.map((tree) => {
    const files = filesOf(tree, repo, beginning)
    return files && { top: tree.top, files: files.map((file) => ({ ...file, path: join(tree.top, file.path) })) }
  })
  return found.includes(null) ? null : found.filter((tree) => tree !== null)
}

function filesOf(tree: WorkingTree, repo: Repo, beginning: string): readonly TrackedFile[] | null {
  // A tree may lie below that beginning, and is then meant as a whole.
  const isWhole = `${tree.top}${sep}`.startsWith(beginning)
  const wanted = isWhole
    ? ''
    : relative(tree.top, beginning).split(sep).join('/') + (beginning.endsWith(sep) ? '/' : '')
  try {
    const settings = fs.readFileSync(join(tree.commonDirectory, 'config'), 'utf8')
    const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(settings) ? 'sha256' : 'sha1'
    return trackedFiles(indexOf(tree), wanted, { hash, ignoresCase: ignoresCase(repo) })
  } catch (error) {
    // Nothing was ever added, or it is none of ours to read.
    return isMissing(error) ? [] : null
  }
}
