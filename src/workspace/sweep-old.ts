import fs from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../base/errors.js'
import { assertNoLinks } from '../files/assert-no-links.js'
import type { Repo } from './repo.js'

/**
 * Removes the files in a directory that nobody has changed since a time, and returns how many.
 *
 * @param changedBefore milliseconds since 1970, by the file system's clock
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function sweepOld(repo: Repo, directory: string, changedBefore: number): number {
  assertNoLinks(repo.root, directory)
  let count = 0
  try {
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      const path = join(directory, name)
      const found = fs.lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined || found.isDirectory() || found.ctimeMs >= changedBefore) continue
      fs.rmSync(path, { force: true })
      count++
    }
  } catch (error) {
    throw fileError(directory, error)
  }
  return count
}
