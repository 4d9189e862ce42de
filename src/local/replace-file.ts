import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { createExclusive, writeAtomic } from '../atomic-write.js'
import { coordError, fileError } from '../errors.js'
import { readText } from '../read-text.js'
import { MAX_PAYLOAD_BYTES } from '../record.js'

/** Room for the largest payload as it stands in a file, indented. */
const MAX_BYTES = 4 * MAX_PAYLOAD_BYTES

/**
 * Replaces a file that still holds what the caller has seen: of any number of processes that replace the same content
 * at once exactly one is told `true`, also when some of them are killed on the way. No lock is held, so none can be left
 * behind.
 *
 * What follows on a content is decided by who creates the file that is named after it in `decisions`; to put that in
 * place is bookkeeping, which whoever comes next does for a process that was killed. Decisions stay until a sweep finds
 * them old: a process that slept must still meet them.
 *
 * @param seen what the file held when the caller made up its mind; `''`: it was not there
 * @param identity how two texts are known as the same content; themselves, when left out
 * @throws `FILE_FAILED`
 */
export function replaceFile(
  path: string,
  seen: string,
  next: string,
  decisions: string,
  identity: (text: string) => string = (text) => text,
): boolean {
  const decisionOn = (text: string) => join(decisions, nameOf(path, identity(text)))
  const decision = decisionOn(seen)
  if (!createExclusive(decision, next)) {
    const decided = readOrEmpty(decision)
    if (decided !== '' && identity(readOrEmpty(path)) === identity(seen)) writeAtomic(path, decided)
    return false
  }
  const current = readOrEmpty(path)
  if (identity(current) !== identity(seen)) {
    // Another one helped this call to its end, or the file had moved on before the call came.
    if (identity(current) === identity(next)) return true
    remove(decision)
    return false
  }
  // A content that comes back after others begins anew.
  remove(decisionOn(next))
  writeAtomic(path, next)
  return true
}

/** What the file holds, after what was decided on it by a process that was killed has been put in place. */
export function settledText(path: string, decisions: string): string {
  const text = readOrEmpty(path)
  const decided = readOrEmpty(join(decisions, nameOf(path, text)))
  if (decided === '') return text
  writeAtomic(path, decided)
  return decided
}

/** Removes decisions that nobody can still be asleep over. Returns how many. Throws `FILE_FAILED`. */
export function sweepDecisions(decisions: string, decidedBefore: number): number {
  let count = 0
  try {
    for (const name of fs.existsSync(decisions) ? fs.readdirSync(decisions) : []) {
      const path = join(decisions, name)
      const found = fs.lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined || found.mtimeMs >= decidedBefore) continue
      fs.rmSync(path, { force: true })
      count++
    }
  } catch (error) {
    throw fileError(decisions, error)
  }
  return count
}

function nameOf(path: string, identity: string): string {
  return createHash('sha256').update(`${path}\0${identity}`).digest('base64url')
}

function readOrEmpty(path: string): string {
  const reading = readText(path, { maxBytes: MAX_BYTES })
  if ('text' in reading) return reading.text
  if (reading.isMissing) return ''
  throw coordError('FILE_FAILED', path, reading.fault)
}

function remove(path: string): void {
  try {
    fs.rmSync(path, { force: true })
  } catch (error) {
    throw fileError(path, error)
  }
}
