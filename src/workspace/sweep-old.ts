import type { Folder } from '../files/folder.js'

/**
 * Removes the files in a folder that nobody has changed since a time, and returns how many.
 *
 * @param changedBefore milliseconds since 1970, by the file system's clock
 */
export function sweepOld(folder: Folder, changedBefore: number): number {
  let count = 0
  for (const name of [...folder.names()]) {
    const found = folder.stat(name)
    if (found === null || found.isDirectory() || found.ctimeMs >= changedBefore) continue
    if (folder.remove(name)) count++
  }
  return count
}
