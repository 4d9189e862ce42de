import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../clock.js'
import { coordError, fileError } from '../errors.js'
import { createExclusive } from '../files/atomic-write.js'
import { readText } from '../files/read-text.js'

/** Far longer than anything that is done under such a lock. */
const ABANDONED_MILLISECONDS = 30_000
const PATIENCE_MILLISECONDS = 60_000
const MAX_LOCK_BYTES = 1024

/**
 * Runs an action while no other process runs one under the same lock; waits for its turn without blocking this one. For
 * what takes well under a second and does not wait for anything itself. A lock whose process is gone is taken away.
 *
 * @param path in a directory that exists
 * @throws `FILE_LOCKED` after a minute; `FILE_FAILED`
 */
export async function withProcessLock<T>(path: string, action: () => T): Promise<T> {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomBytes(8).toString('hex') })
  const deadline = performance.now() + PATIENCE_MILLISECONDS
  while (!createExclusive(path, own, { mode: 0o600 })) {
    if (performance.now() > deadline) throw coordError('FILE_LOCKED', path)
    const found = readText(path, { maxBytes: MAX_LOCK_BYTES })
    if ('text' in found && isAbandoned(path, found.text)) takeAway(path, found.text)
    else await sleep(1 + Math.random() * 9)
  }
  try {
    return action()
  } finally {
    fs.rmSync(path, { force: true })
  }
}

/** Whether the process that made a lock is gone; of another machine's process only the age of the lock can tell. */
function isAbandoned(path: string, text: string): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return false
  if (Math.abs(systemClock.now() - stats.mtimeMs) > ABANDONED_MILLISECONDS) return true
  try {
    const { pid, host } = JSON.parse(text)
    if (host !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Moves it to a name of its own first, and looks at it once more: another process may have been faster. */
function takeAway(path: string, text: string): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    fs.renameSync(path, aside)
    const moved = readText(aside, { maxBytes: MAX_LOCK_BYTES })
    if ('text' in moved && moved.text !== text) fs.linkSync(aside, path)
    fs.rmSync(aside, { force: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw fileError(path, error)
    fs.rmSync(aside, { force: true })
  }
}
