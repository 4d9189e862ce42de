import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import type { Repo } from './repo.js'

/**
 * Called with a directory, as it was given, and the name in it that may have changed; without them where that is not known.
 */
export type OnChange = (directory?: string, name?: string) => void

/** Ends a watch; nothing is called afterwards. */
export type StopWatching = () => void

/**
 * Calls back when a record file comes, goes or changes in one of the directories under `.muse/coordination/`, also in
 * those that are made later. One watch a directory, whatever the number of files. A call may come without a change, and
 * one call may stand for many changes: the callee looks for itself. Where the operating system cannot tell (too many
 * watches, a network file system) nothing is called, so the callee looks again now and then.
 *
 * @param directories relative to `.muse/coordination/`: `claims`, `remote/claim`
 */
export function watchDirectories(repo: Repo, directories: readonly string[], onChange: OnChange): StopWatching {
  const watchers = new Map<string, FSWatcher>()
  const parents = parentsOf(repo, directories)
  const given = new Map(directories.map((name) => [join(repo.coordinationDirectory, name), name]))
  const wanted = [...parents, ...given.keys()]
  const close = (directory: string) => {
    watchers.get(directory)?.close()
    watchers.delete(directory)
  }
  const watchAll = () => {
    for (const directory of wanted) if (!watchers.has(directory)) watchOne(directory)
  }
  const watchOne = (directory: string) => {
    try {
      const watcher = watch(directory, { persistent: false }, (event, name) => {
        if (parents.has(directory)) {
          // A directory may have come, or come again after it was removed.
          if (event === 'rename') for (const path of wanted) if (path === `${directory}/${name}`) close(path)
          watchAll()
        }
        // Temporary names of unfinished writes end otherwise; a watch that lost count gives no name.
        if (name === null) onChange()
        else if (name.endsWith('.json')) onChange(given.get(directory), name)
      })
      watcher.on('error', () => close(directory))
      watchers.set(directory, watcher)
      onChange()
    } catch {
      // Not there yet, which its parent tells when it comes; or no watch to be had, which the callee makes up for.
    }
  }
  watchAll()
  return () => {
    for (const directory of [...watchers.keys()]) close(directory)
  }
}

/** Where the directories appear when they are made. */
function parentsOf(repo: Repo, directories: readonly string[]): ReadonlySet<string> {
  const parents = new Set([repo.muse.path, repo.coordinationDirectory])
  for (const directory of directories) {
    const parts = directory.split('/')
    for (let length = 1; length < parts.length; length++) {
      parents.add(join(repo.coordinationDirectory, ...parts.slice(0, length)))
    }
  }
  return parents
}
