import fs from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../errors.js'
import { assertNoLinks } from '../files/assert-no-links.js'
import { createExclusive } from '../files/atomic-write.js'
import { isAbandoned, processMark, readMark } from '../files/process-mark.js'
import { ORDER_DIRECTORY } from './replace-file.js'
import type { Repo } from './repo.js'

/** Longer than a hub takes to answer as a rule; after that another process may ask as well. */
const ASKING_MILLISECONDS = 15_000

/**
 * Says to the other processes of this workspace that one of them is asking the hub for a lease, so that they try the next
 * one instead of asking for the same. It decides nothing, for the hub does; so a file that a killed process has
 * left behind does no harm.
 *
 * @returns ends the asking; `null`: another process is at it
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function beginAsking(repo: Repo, kind: string, recordId: string): (() => void) | null {
  const directory = join(repo.coordinationDirectory, ORDER_DIRECTORY, 'asking', kind)
  const path = join(directory, recordId)
  assertNoLinks(repo.root, path)
  try {
    fs.mkdirSync(directory, { recursive: true })
    const mark = readMark(path)
    if (mark !== null && isAbandoned(path, mark, ASKING_MILLISECONDS)) fs.rmSync(path, { force: true })
  } catch (error) {
    throw fileError(path, error)
  }
  if (!createExclusive(path, processMark())) return null
  return () => fs.rmSync(path, { force: true })
}
