import fs from 'node:fs'
import { basename } from 'node:path'
import { problemOf } from '../base/errors.js'
import type { Folder } from '../files/folder.js'
import type { Repo } from './repo.js'

/**
 * Called with a directory, as it was given, and the name in it that may have changed; without them where that is not known.
 */
export type OnChange = (directory?: string, name?: string) => void

/** Ends a watch; nothing is called afterwards. */
export type StopWatching = () => void

/** How often directories are looked at: one that came unseen is watched then, and one that cannot be watched is told of. */
const LOOK_MILLISECONDS = 2000

interface Watched {
  readonly watcher: fs.FSWatcher
  readonly inode: number
}

/** A directory to watch. */
interface Wanted {
  readonly folder: Folder
  /** As it was given; `null`: it is one in which others appear. */
  readonly given: string | null
}

/**
 * Calls back when a record file comes, goes or changes in one of the directories under `.muse/coordination/`, also in
 * those that are made later, or again. One watch a directory, whatever the number of files. A call may come without a
 * change, and one call may stand for many changes: the callee looks for itself. Where a directory cannot be watched
 * (too many watches, a file system without any) it is called every two seconds.
 *
 * @param directories relative to `.muse/coordination/`: `claims`, `remote/claim`
 * @param onBlind told why a directory is looked at instead of watched, once until all can be watched again
 */
export function watchDirectories(
  repo: Repo,
  directories: readonly string[],
  onChange: OnChange,
  onBlind: (problem: string) => void = () => {},
): StopWatching {
  const watched = new Map<Folder, Watched>()
  const all = wanted(repo, directories)
  let isBlind = false

  const close = (folder: Folder) => {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }
  /** Returns why it cannot be watched; `null` where it is, or is not there: then its parent tells when it comes. */
  const lookAt = ({ folder, given }: Wanted): string | null => {
    try {
      const inode = folder.stat()?.ino
      const known = watched.get(folder)
      if (known !== undefined && known.inode === inode) return null
      close(folder)
      // What was watched has gone, or another one has come in its place.
      if (known !== undefined) onChange()
      if (inode === undefined) return null
      const watcher = fs.watch(folder.path, { persistent: false }, (event, name) => {
        // It is told by its own name that it was removed; the next one may get its inode.
        if (event === 'rename' && name === basename(folder.path)) close(folder)
        if (given === null && event === 'rename') lookAtAll()
        // Temporary names of unfinished writes end otherwise; a watch that lost count gives no name.
        if (name === null) onChange()
        else if (name.endsWith('.json')) onChange(given ?? undefined, name)
      })
      watcher.on('error', () => close(folder))
      watched.set(folder, { watcher, inode })
      // It may have had files before it was watched.
      onChange()
      return null
    } catch (error) {
      return `${folder.path} cannot be watched: ${problemOf(error)}`
    }
  }
  const lookAtAll = () => {
    const [problem] = all.map(lookAt).filter((one) => one !== null)
    if (problem !== undefined && !isBlind) onBlind(problem)
    isBlind = problem !== undefined
  }
  const timer = setInterval(() => {
    lookAtAll()
    if (isBlind) onChange()
  }, LOOK_MILLISECONDS).unref()
  lookAtAll()
  return () => {
    clearInterval(timer)
    for (const folder of [...watched.keys()]) close(folder)
  }
}

/** The directories, after those in which they appear when they are made. */
function wanted({ muse, coordination }: Repo, directories: readonly string[]): readonly Wanted[] {
  const parents = new Set<Folder>([muse, coordination])
  for (const directory of directories) {
    const parts = directory.split('/')
    for (let length = 1; length < parts.length; length++) parents.add(coordination.in(parts.slice(0, length).join('/')))
  }
  return [
    ...Array.from(parents, (folder) => ({ folder, given: null })),
    ...directories.map((given) => ({ folder: coordination.in(given), given })),
  ]
}
