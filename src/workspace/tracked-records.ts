import fs from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isMissing } from '../files/file-failure.js'
import { CONFIG_FILE, configPath } from './config.js'
import { trackedPaths } from './git-index.js'
import { ignoresCase } from './ignores-case.js'
import { signatureOf } from './record-files.js'
import type { Repo } from './repo.js'
import { findWorkingTree } from './working-tree.js'

/**
 * The files of a store that git tracks, by their paths from the top of its working tree: they come with every clone and change
 * with every branch, so what they say is nobody's word. None where there is no git. `null`: it cannot be told.
 */
export function trackedRecords(repo: Repo): readonly string[] | null {
  return trackedAt(repo, `${repo.coordinationDirectory}${sep}`)
}

/** The absolute paths of the files of a store that git tracks. */
export type Tracked = ReadonlySet<string>

const NONE: Tracked = new Set()

let known: { readonly index: string; readonly tracked: Tracked } | undefined

/** See {@link Tracked}; an index of git that is as it was is not read again. None where it cannot be told. */
export function trackedPathsOf(repo: Repo): Tracked {
  const tree = findWorkingTree(repo.root)
  const stats = tree && fs.statSync(join(tree.gitDirectory, 'index'), { throwIfNoEntry: false })
  if (!tree || !stats) return NONE
  const index = `${repo.root}:${signatureOf(stats)}`
  if (known?.index === index) return known.tracked
  const found = trackedRecords(repo) ?? []
  known = { index, tracked: new Set(found.map((name) => join(tree.top, name))) }
  return known.tracked
}

/** Whether git tracks the settings of a store: then they came with the clone, or a branch. `null`: it cannot be told. */
export function areSettingsTracked(repo: Repo): boolean | null {
  const found = trackedAt(repo, configPath(repo))
  // Others may begin like it: config.toml.old.
  return found?.some((path) => path.toLowerCase().endsWith(`.muse/${CONFIG_FILE}`)) ?? null
}

function trackedAt(repo: Repo, beginning: string): readonly string[] | null {
  const tree = findWorkingTree(repo.root)
  if (tree === null) return []
  const wanted = relative(tree.top, beginning).split(sep).join('/') + (beginning.endsWith(sep) ? '/' : '')
  try {
    const settings = fs.readFileSync(join(tree.commonDirectory, 'config'), 'utf8')
    const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(settings) ? 'sha256' : 'sha1'
    return trackedPaths(join(tree.gitDirectory, 'index'), wanted, { hash, ignoresCase: ignoresCase(repo) })
  } catch (error) {
    // Nothing was ever added, or it is none of ours to read.
    return isMissing(error) ? [] : null
  }
}
