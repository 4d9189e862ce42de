import fs from 'node:fs'
import { sep } from 'node:path'
import { coordError, fileError } from '../base/errors.js'

/** Windows takes either. */
const SEPARATOR = sep === '/' ? sep : /[/\\]/

/**
 * Refuses a path that leads through a symbolic link anywhere below `root`, the last step included. What does not exist
 * yet is no link; `root` itself is trusted.
 *
 * @throws `LINK_REFUSED`, naming the link
 */
export function assertNoLinks(root: string, path: string): void {
  const base = root.endsWith(sep) ? root.slice(0, -sep.length) : root
  const [before, ...names] = path.slice(base.length).split(SEPARATOR)
  // Not by `path.relative`, which takes longer than all these looks.
  if (!path.startsWith(base) || before !== '' || names.includes('..')) throw new Error(`${path} is not below ${root}`)
  let step = base
  for (const name of names) {
    step += sep + name
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
