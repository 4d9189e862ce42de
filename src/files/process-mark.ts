import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { hostname } from 'node:os'
import { systemClock } from '../base/clock.js'
import { readText } from './read-text.js'

const MAX_MARK_BYTES = 1024

/** What a process writes into a file that says that it is at something; unlike that of any other. */
export function processMark(): string {
  return JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomBytes(8).toString('hex') })
}

/** The mark in a file; `null` where there is none any more. */
export function readMark(path: string): string | null {
  const reading = readText(path, { maxBytes: MAX_MARK_BYTES })
  return 'text' in reading ? reading.text : null
}

/**
 * Whether the process that made a mark is gone. Of another machine's process only the age of the file can tell.
 *
 * @param afterMilliseconds the age at which any mark counts as left behind
 * @param stamp what tells the age: when it was written, or when its file last got or lost a name
 */
export function isAbandoned(
  path: string,
  mark: string,
  afterMilliseconds: number,
  stamp: 'mtimeMs' | 'ctimeMs' = 'mtimeMs',
): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return false
  // Both times are this machine's. A stamp from the future comes from a clock that was set back.
  if (Math.abs(systemClock.now() - stats[stamp]) > afterMilliseconds) return true
  try {
    const { pid, host } = JSON.parse(mark)
    if (host !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
