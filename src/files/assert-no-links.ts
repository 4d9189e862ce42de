import fs from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { coordError, fileError } from '../errors.js'

/**
 * Refuses a path that leads through a symbolic link anywhere below `root`, the last step included. What does not exist
 * yet is no link; `root` itself is trusted.
 *
 * @throws `LINK_REFUSED`, naming the link
 */
export function assertNoLinks(root: string, path: string): void {
  const way = relative(root, path)
  if (isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`)) throw new Error(`${path} is not below ${root}`)
  let step = root
  for (const name of way.split(sep)) {
    if (name === '') return
    step = join(step, name)
    let found: fs.Stats | undefined
    try {
      found = fs.lstatSync(step, { throwIfNoEntry: false })
    } catch (error) {
      throw fileError(step, error)
    }
    if (found === undefined) return
    if (found.isSymbolicLink()) throw coordError('LINK_REFUSED', step)
  }
}
