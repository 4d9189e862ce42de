import { systemClock } from '../base/clock.js'
import { coordError } from '../base/errors.js'
import { nodeCrypto } from '../base/node-crypto.js'
import type { Folder } from '../files/folder.js'
import { MAX_PAYLOAD_BYTES } from '../record/record.js'
import type { Repo } from './repo.js'
import { sweepOld } from './sweep-old.js'

/** Under `.muse/coordination/`: what this program keeps so that its processes take turns. */
export const ORDER_DIRECTORY = '.order'

/** How long after a decision a process may still be asleep over it. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

const SWEEP_PROBABILITY = 1 / 64

/** Room for the largest payload as it stands in a file, indented. */
const MAX_BYTES = 4 * MAX_PAYLOAD_BYTES

/** How two texts of a file are known as the same content. */
export type Identity = (text: string) => string

/**
 * Replaces a file that still holds what the caller has seen: of any number of processes that replace the same content
 * at once exactly one is told `true`, also when some of them are killed on the way. No lock is held, so none can be left
 * behind.
 *
 * What follows on a text is decided by who creates the file that is named after it among the decisions; to put that in
 * place is bookkeeping, which whoever comes next does for a process that was killed. So a decision is never taken back,
 * and stays until a sweep finds it old: a process that slept must still meet it, and one that wakes up and puts an old
 * text in place is put right by it.
 *
 * @param name of a file that exists, under `.muse/coordination/`: `claims/t1.json`
 * @param seen what it held when the caller made up its mind, in any text of the same identity
 * @param next JSON, or another text to which line ends can be added
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function replaceFile(repo: Repo, name: string, seen: string, next: string, identity: Identity): boolean {
  const decisions = decisionsIn(repo)
  const current = completeReplacement(repo, name)
  if (current === null || identity(current) !== identity(seen)) return false
  if (identity(next) === identity(current)) return true
  let successor = next
  // A content that comes back after others needs another text, for what follows on its old one is decided.
  while (isThere(decisions, decisionName(name, successor))) successor += '\n'
  const isOurs = decisions.create(decisionName(name, current), successor)
  const settled = completeReplacement(repo, name)
  // Now and then, so that they never grow beyond what a day brings.
  if (Math.random() < SWEEP_PROBABILITY) sweepDecisions(repo)
  // Who writes or removes the file without asking here can still have come between.
  return isOurs && (settled === successor || isThere(decisions, decisionName(name, successor)))
}

/**
 * What a file holds, `null` when it is not there, after what was decided on it by a process that was killed has been put
 * in place.
 *
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function completeReplacement(repo: Repo, name: string): string | null {
  const decisions = decisionsIn(repo)
  const text = readIfThere(repo.coordination, name)
  if (text === null) return null
  let latest = text
  const passed = new Set<string>()
  for (let next: string | null = text; next !== null && !passed.has(next); ) {
    latest = next
    passed.add(next)
    next = readIfThere(decisions, decisionName(name, latest))
  }
  if (latest !== text) repo.coordination.write(name, latest)
  return latest
}

/**
 * Removes decisions that nobody can still be asleep over, and returns how many.
 *
 * @param decidedBefore milliseconds since 1970, by the file system's clock
 * @throws `FILE_FAILED`, `LINK_REFUSED`
 */
export function sweepDecisions(repo: Repo, decidedBefore: number = systemClock.now() - KEPT_MILLISECONDS): number {
  return sweepOld(decisionsIn(repo), decidedBefore)
}

function decisionsIn(repo: Repo): Folder {
  return repo.coordination.in(`${ORDER_DIRECTORY}/decisions`)
}

function decisionName(name: string, content: string): string {
  return nodeCrypto().createHash('sha256').update(`${name}\0${content}`).digest('base64url')
}

function readIfThere(folder: Folder, name: string): string | null {
  const reading = folder.read(name, MAX_BYTES)
  if ('text' in reading) return reading.text
  if (reading.isMissing) return null
  throw coordError('FILE_FAILED', folder.pathOf(name), reading.fault)
}

function isThere(folder: Folder, name: string): boolean {
  return folder.stat(name) !== null
}
