import { identityPaths, keysFolder } from '../auth/identity-paths.js'
import { systemClock } from '../base/clock.js'
import type { Environment } from '../base/environment.js'
import { isTemporaryName } from '../files/atomic-write.js'
import type { Folder } from '../files/folder.js'
import { isRecordFileName } from './record-files.js'
import type { Repo } from './repo.js'

/** No write takes that long. One that sleeps longer fails when it wakes up, and says so. */
const ABANDONED_MILLISECONDS = 3600 * 1000

/** A temporary file that a process has left because it was killed. */
export interface Leftover {
  readonly folder: Folder
  readonly name: string
}

/** The temporary files that nobody will finish: of the store, and of the home directory, where half a key may lie in one. */
export function leftovers(repo: Repo, env: Environment): readonly Leftover[] {
  const changedBefore = systemClock.now() - ABANDONED_MILLISECONDS
  const found: Leftover[] = []
  const home = identityPaths(env)
  for (const folder of [repo.muse, ...(home === null ? [] : [home.muse, keysFolder(home)])]) {
    collect(folder, folder === repo.muse, changedBefore, found)
  }
  return found
}

function collect(folder: Folder, isDeep: boolean, changedBefore: number, found: Leftover[]): void {
  for (const name of folder.names()) {
    if (isRecordFileName(name)) continue
    const stats = folder.stat(name)
    if (stats?.isDirectory() && isDeep) collect(folder.in(name), isDeep, changedBefore, found)
    else if (stats?.isFile() && isTemporaryName(name) && stats.ctimeMs < changedBefore) found.push({ folder, name })
  }
}

/** Removes what {@link leftovers} finds. */
export function removeLeftovers(repo: Repo, env: Environment): void {
  for (const { folder, name } of leftovers(repo, env)) folder.remove(name)
}
