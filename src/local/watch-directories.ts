import { existsSync, type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import type { Repo } from './repo.js'

/** Ends a watch; nothing is called afterwards. */
export type StopWatching = () => void

/**
 * Calls back when a record file comes, goes or changes in one of the directories under `.muse/coordination/`, also in
 * those that are made later. One watch a directory, whatever the number of files. A call may come without a change, and
 * one call may stand for many changes; the callee looks for itself.
 *
 * @param directories relative to `.muse/coordination/`: `claims`, `remote/claim`
 */
export function watchDirectories(repo: Repo, directories: readonly string[], onChange: () => void): StopWatching {
  const watchers = new Map<string, FSWatcher>()
  const open = (directory: string) => {
    if (watchers.has(directory) || !existsSync(directory)) return
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      // Temporary names of unfinished writes end otherwise; a watch that lost count gives no name.
      if (name === null || name.endsWith('.json')) onChange()
      if (isParent(directory)) openAll()
    })
    // A directory that is removed ends its watch; should it come again, its parent tells.
    watcher.on('error', () => close(directory))
    watchers.set(directory, watcher)
    onChange()
  }
  const close = (directory: string) => {
    watchers.get(directory)?.close()
    watchers.delete(directory)
  }
  const wanted = [...parentsOf(repo, directories), ...directories.map((name) => join(repo.coordinationDirectory, name))]
  const isParent = (directory: string) => wanted.some((path) => path !== directory && path.startsWith(`${directory}/`))
  const openAll = () => {
    for (const directory of wanted) {
      if (!existsSync(directory)) close(directory)
      open(directory)
    }
  }
  openAll()
  return () => {
    for (const directory of [...watchers.keys()]) close(directory)
  }
}

/** Where the directories appear when they are made. */
function parentsOf(repo: Repo, directories: readonly string[]): string[] {
  const parents = new Set([repo.museDirectory, repo.coordinationDirectory])
  for (const directory of directories) {
    const parts = directory.split('/')
    for (let length = 1; length < parts.length; length++) {
      parents.add(join(repo.coordinationDirectory, ...parts.slice(0, length)))
    }
  }
  return [...parents]
}
