import fs from 'node:fs'
import path from 'node:path'
import type { Workspace } from '../../src/plugin.js'

/** The branch that `.muse/HEAD` names; `''` where it names none. */
export function currentBranch({ repo }: Workspace): string {
  let head: string
  try {
    head = fs.readFileSync(path.join(repo.museDirectory, 'HEAD'), 'utf8')
  } catch {
    return '' // A workspace without branches is a workspace all the same.
  }
  return /^ref: refs\/heads\/(\S+)\s*$/.exec(head)?.[1] ?? ''
}
