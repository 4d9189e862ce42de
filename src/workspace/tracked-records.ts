import fs from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isMissing } from '../files/file-failure.js'
import { CONFIG_FILE, configPath } from './config.js'
import { trackedPaths } from './git-index.js'
import { ignoresCase } from './ignores-case.js'
import { signatureOf } from './record-files.js'
import type { Repo } from './repo.js'
import { findWorkingTree, type WorkingTree, workingTreeAt } from './working-tree.js'

/**
 * The files of a store that git tracks, by their paths from the top of its working tree: they come with every clone and change
 * with every branch, so what they say is nobody's word. None where there is no git. `null`: it cannot be told.
 */
export function trackedRecords(repo: Repo): readonly string[] | null {
  const trees = treesWithRecords(repo)
  const top = findWorkingTree(repo.root)?.top ?? repo.root
  return trackedIn(repo, trees, `${repo.coordinationDirectory}${sep}`)?.map((path) => relative(top, path)) ?? null
}

/** Tells of a file's absolute path whether git tracks the file. */
export type Tracked = Pick<ReadonlySet<string>, 'has'>

const NONE: Tracked = new Set()

let known: { readonly indexes: string; readonly tracked: Tracked } | undefined

/** See {@link Tracked}; an index of git that is as it was is not read again. None where it cannot be told. */
export function trackedPathsOf(repo: Repo): Tracked {
  const trees = treesWithRecords(repo)
  const stats = trees.map((tree) => fs.statSync(indexOf(tree), { throwIfNoEntry: false }))
  if (stats.every((one) => one === undefined)) return NONE
  const indexes = [repo.root, ...stats.map((one) => one && signatureOf(one))].join('\n')
  if (known?.indexes === indexes) return known.tracked
  const paths = trackedIn(repo, trees, `${repo.coordinationDirectory}${sep}`) ?? []
  known = { indexes, tracked: ignoresCase(repo) ? withoutCase(paths) : new Set(paths) }
  return known.tracked
}

/** Git may have spelt the store's own directories in another way. */
function withoutCase(paths: readonly string[]): Tracked {
  const lowered = new Set(paths.map((path) => path.toLowerCase()))
  return { has: (path) => lowered.has(path.toLowerCase()) }
}

/** Whether git tracks the settings of a store: then they came with the clone, or a branch. `null`: it cannot be told. */
export function areSettingsTracked(repo: Repo): boolean | null {
  const found = trackedIn(repo, treesWith(repo, [repo.muse.path]), configPath(repo))
  // Others may begin like it: config.toml.old.
  return found?.some((path) => path.toLowerCase().endsWith(`${sep}${CONFIG_FILE}`)) ?? null
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

/** The absolute paths with this beginning that the trees track. */
function trackedIn(repo: Repo, trees: readonly WorkingTree[], beginning: string): readonly string[] | null {
  const found: string[] = []
  for (const tree of trees) {
    const names = trackedBy(tree, repo, beginning)
    if (names === null) return null
    for (const name of names) found.push(join(tree.top, name))
  }
  return found
}

function trackedBy(tree: WorkingTree, repo: Repo, beginning: string): readonly string[] | null {
  // A tree may lie below that beginning, and is then meant as a whole.
  const isWhole = `${tree.top}${sep}`.startsWith(beginning)
  const wanted = isWhole
    ? ''
    : relative(tree.top, beginning).split(sep).join('/') + (beginning.endsWith(sep) ? '/' : '')
  try {
    const settings = fs.readFileSync(join(tree.commonDirectory, 'config'), 'utf8')
    const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(settings) ? 'sha256' : 'sha1'
    return trackedPaths(indexOf(tree), wanted, { hash, ignoresCase: ignoresCase(repo) })
  } catch (error) {
    // Nothing was ever added, or it is none of ours to read.
    return isMissing(error) ? [] : null
  }
}
