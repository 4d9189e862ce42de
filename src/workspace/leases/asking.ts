import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.js'
import { fileError } from '../../base/errors.js'
import { assertNoLinks } from '../../files/assert-no-links.js'
import { linkOrCreate, writeAtomic } from '../../files/atomic-write.js'
import { isAbandoned, processMark, readMark } from '../../files/process-mark.js'
import { ORDER_DIRECTORY } from '../replace-file.js'
import type { Repo } from '../repo.js'
import { sweepOld } from '../sweep-old.js'

/** Longer than a hub takes to answer as a rule; after that another process may ask as well. */
const ASKING_MILLISECONDS = 15_000

/** How long a mark is kept whose process may still be there. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

/** What this process asks for are further names of one file: to make and to remove a file for each costs far more. */
const OWN_MARK = `.${process.pid}-${randomBytes(4).toString('hex')}`
const ownMarks = new Set<string>()

/**
 * Says to the other processes of this workspace that one of them is asking the hub for a lease, so that they try the next
 * one instead of asking for the same. It decides nothing, for the hub does; so a file that a killed process has
 * left behind does no harm.
 *
 * @returns ends the asking; `null`: another process is at it
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function beginAsking(repo: Repo, kind: string, recordId: string): (() => void) | null {
  const directory = askingDirectory(repo)
  // Neither part holds an `@`.
  const path = join(directory, `${kind}@${recordId}`)
  assertNoLinks(repo.root, path)
  try {
    if (!putMark(directory, path)) {
      const mark = readMark(path)
      if (mark !== null && !isAbandoned(path, mark, ASKING_MILLISECONDS, 'ctimeMs')) return null
      fs.rmSync(path, { force: true })
      if (!putMark(directory, path)) return null
    }
  } catch (error) {
    throw fileError(path, error)
  }
  return () => fs.rmSync(path, { force: true })
}

/**
 * Removes what killed processes have left behind, and returns how many files.
 *
 * @param markedBefore milliseconds since 1970, by the file system's clock
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function sweepAsking(repo: Repo, markedBefore: number = systemClock.now() - KEPT_MILLISECONDS): number {
  return sweepOld(repo, askingDirectory(repo), markedBefore)
}

function askingDirectory(repo: Repo): string {
  return join(repo.coordinationDirectory, ORDER_DIRECTORY, 'asking')
}

/** `false`: there is one of another process. */
function putMark(directory: string, path: string): boolean {
  const own = join(directory, OWN_MARK)
  try {
    return linkOrCreate(own, path, processMark())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  fs.mkdirSync(directory, { recursive: true })
  writeAtomic(own, processMark())
  if (ownMarks.size === 0) process.once('exit', removeOwnMarks)
  ownMarks.add(own)
  return linkOrCreate(own, path, processMark())
}

function removeOwnMarks(): void {
  for (const own of ownMarks) fs.rmSync(own, { force: true })
}
