import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { fileError } from '../base/errors.js'
import { isMissing } from '../files/file-failure.js'
import type { Repo } from './repo.js'

/**
 * Whether `src/a.ts` and `Src/A.ts` are one file where a store lies, as on macOS and Windows: its directory is found by
 * another spelling of its name. One answer for all working trees of the store, so that all runs of it judge alike.
 */
export function ignoresCase({ muse }: Pick<Repo, 'muse'>): boolean {
  const other = inodeOf(join(dirname(muse.path), '.MUSE'))
  return other !== null && other === inodeOf(muse.path)
}

/** Of what the path leads to; `null`: nothing. */
function inodeOf(path: string): string | null {
  try {
    const { dev, ino } = fs.statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (isMissing(error)) return null
    throw fileError(path, error)
  }
}
