import { relative } from 'node:path'
import { lookAt } from '../files/real-directory.js'
import { isAsGitHasIt } from './committed-files.js'
import { recordNames, signatureOf } from './record-files.js'
import type { Repo } from './repo.js'
import { knownSpaces } from './state/known-spaces.js'
import { type SpaceAddress, spaceDirectoryName } from './state/space-address.js'
import { MAX_STATE_BYTES, parseState, type RemoteDirectory, STATE_FILE } from './state/state-document.js'
import { trackedByTrees } from './tracked-records.js'

/** What git has done to what a store remembers. Names are those below `.muse/coordination/`. */
export interface BroughtByGit {
  /** Tracked files among what is remembered that stand as git has written them. */
  readonly files: readonly string[]
  /** The states of spaces whose pulled files are no more what their last pull had left. */
  readonly states: readonly string[]
}

const REMEMBERED = /^\.(sync|order)(\/|$)/i

/**
 * Looks for what a checkout has put among what a store remembers, and for what it took from what was pulled: git writes over an
 * ignored file without a word where a branch tracks one of that name, and removes it with the next branch.
 */
export function findBroughtByGit(repo: Repo): BroughtByGit {
  const tracked = trackedByTrees(repo)?.flatMap(({ files }) => files) ?? []
  const files = tracked.flatMap(({ path, writtenAt }) => {
    const name = relative(repo.coordinationDirectory, path).replaceAll('\\', '/')
    const stats = REMEMBERED.test(name) ? lookAt(path) : null
    return stats !== null && isAsGitHasIt(writtenAt, stats.mtimeMs) ? [name] : []
  })
  const spaces = knownSpaces(repo).filter((space) => hasLostFiles(repo, space))
  return { files, states: spaces.map((space) => `.sync/${spaceDirectoryName(space)}`) }
}

/** What was learnt by a file that is not of here goes with it. What no file tells again, as the token of a lease, stays. */
export function dropBroughtByGit(repo: Repo, { files, states }: BroughtByGit): void {
  const { coordination, sync } = repo
  // A submodule is a directory to git's index.
  for (const name of files) {
    if (coordination.stat(name)?.isDirectory() === true) coordination.removeAll(name)
    else coordination.remove(name)
  }
  const folders = files.length === 0 ? states : Array.from(sync.names(), (name) => `.sync/${name}`)
  for (const name of folders) {
    if (coordination.stat(name)?.isDirectory() === true) coordination.in(name).remove(STATE_FILE)
    else if (/^\.sync\/index\.\d+\.db/.test(name)) coordination.remove(name)
  }
}

function hasLostFiles(repo: Repo, space: SpaceAddress): boolean {
  const reading = repo.sync.in(spaceDirectoryName(space)).read(STATE_FILE, MAX_STATE_BYTES)
  const state = 'text' in reading ? parseState(reading.text, space) : null
  return Object.entries(state?.remote ?? {}).some(([kind, noted]) => isLess(repo, `remote/${kind}`, noted))
}

function isLess(repo: Repo, directory: string, { signature, files }: RemoteDirectory): boolean {
  const stats = repo.coordination.stat(directory)
  if (stats === null) return files > 0
  return signatureOf(stats) !== signature && [...recordNames(repo, directory, [])].length < files
}
