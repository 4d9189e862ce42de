import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { assertNoLinks } from '../assert-no-links.js'
import { createExclusive, writeAtomic } from '../atomic-write.js'
import { coordError, fileError } from '../errors.js'
import { readText } from '../read-text.js'
import { MAX_PAYLOAD_BYTES } from '../record.js'
import type { Repo } from './repo.js'

/** Under `.muse/coordination/`: what this program keeps so that its processes take turns. */
export const ORDER_DIRECTORY = '.order'

/** Room for the largest payload as it stands in a file, indented. */
const MAX_BYTES = 4 * MAX_PAYLOAD_BYTES

/** How two texts of a file are known as the same content. */
export type Identity = (text: string) => string

/**
 * Replaces a file that still holds what the caller has seen: of any number of processes that replace the same content
 * at once exactly one is told `true`, also when some of them are killed on the way. No lock is held, so none can be left
 * behind.
 *
 * What follows on a content is decided by who creates the file that is named after it among the decisions; to put that
 * in place is bookkeeping, which whoever comes next does for a process that was killed. Decisions stay until a sweep
 * finds them old: a process that slept must still meet them.
 *
 * @param name of a file that exists, under `.muse/coordination/`: `claims/t1.json`
 * @param seen what it held when the caller made up its mind
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function replaceFile(repo: Repo, name: string, seen: string, next: string, identity: Identity): boolean {
  const path = join(repo.coordinationDirectory, name)
  assertNoLinks(repo.root, path)
  if (identity(next) === identity(seen)) return identity(settleFile(repo, name, identity) ?? '') === identity(seen)
  const decision = decisionPath(repo, name, identity(seen))
  if (!createExclusive(decision, next)) {
    settleFile(repo, name, identity)
    return false
  }
  const text = readIfThere(path)
  const current = text === null ? null : identity(text)
  if (current !== identity(seen)) {
    // Another one helped this call to its end, or the file had moved on before the call came.
    if (current === identity(next)) return true
    remove(decision)
    return false
  }
  // A content that comes back after others begins anew.
  remove(decisionPath(repo, name, identity(next)))
  writeAtomic(path, next)
  return true
}

/**
 * What a file holds, `null` when it is not there, after what was decided on it by a process that was killed has been put
 * in place.
 *
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function settleFile(repo: Repo, name: string, identity: Identity): string | null {
  const path = join(repo.coordinationDirectory, name)
  assertNoLinks(repo.root, path)
  const text = readIfThere(path)
  if (text === null) return null
  const decided = readIfThere(decisionPath(repo, name, identity(text)))
  if (decided === null) return text
  writeAtomic(path, decided)
  return decided
}

/** Removes decisions that nobody can still be asleep over, and returns how many. Throws `FILE_FAILED`. */
export function sweepDecisions(repo: Repo, decidedBefore: number): number {
  const directory = decisionsDirectory(repo)
  assertNoLinks(repo.root, directory)
  let count = 0
  try {
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      const path = join(directory, name)
      const found = fs.lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined || found.mtimeMs >= decidedBefore) continue
      fs.rmSync(path, { force: true })
      count++
    }
  } catch (error) {
    throw fileError(directory, error)
  }
  return count
}

function decisionsDirectory(repo: Repo): string {
  return join(repo.coordinationDirectory, ORDER_DIRECTORY, 'decisions')
}

function decisionPath(repo: Repo, name: string, content: string): string {
  const directory = decisionsDirectory(repo)
  assertNoLinks(repo.root, directory)
  try {
    fs.mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw fileError(directory, error)
  }
  return join(directory, createHash('sha256').update(`${name}\0${content}`).digest('base64url'))
}

function readIfThere(path: string): string | null {
  const reading = readText(path, { maxBytes: MAX_BYTES })
  if ('text' in reading) return reading.text
  if (reading.isMissing) return null
  throw coordError('FILE_FAILED', path, reading.fault)
}

function remove(path: string): void {
  try {
    fs.rmSync(path, { force: true })
  } catch (error) {
    throw fileError(path, error)
  }
}
