import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isMissing } from '../files/file-failure.js'
import { trackedPaths } from './git-index.js'
import type { Repo } from './repo.js'
import { findWorkingTree } from './working-tree.js'

/**
 * The files of a store that git tracks, by their paths from the top of its working tree: they come with every clone and change
 * with every branch, so what they say is nobody's word. None where there is no git. `null`: it cannot be told.
 */
export function trackedRecords({ root, coordinationDirectory }: Repo): readonly string[] | null {
  const tree = findWorkingTree(root)
  if (tree === null) return []
  const directory = `${relative(tree.top, coordinationDirectory).split(sep).join('/')}/`
  try {
    const settings = readFileSync(join(tree.commonDirectory, 'config'), 'utf8')
    const hash = /^\s*objectformat\s*=\s*sha256\s*$/im.test(settings) ? 'sha256' : 'sha1'
    return trackedPaths(join(tree.gitDirectory, 'index'), directory, hash)
  } catch (error) {
    // Nothing was ever added, or it is none of ours to read.
    return isMissing(error) ? [] : null
  }
}
