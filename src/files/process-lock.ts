import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { coordError, fileError } from '../base/errors.js'
import { createExclusive } from './atomic-write.js'
import { isAbandoned, processMark, readMark } from './process-mark.js'

/** Far longer than anything that is done under such a lock. */
const ABANDONED_MILLISECONDS = 30_000
const PATIENCE_MILLISECONDS = 60_000

/**
 * Runs an action while no other process runs one under the same lock; waits for its turn without blocking this one. For
 * what takes well under a second and does not wait for anything itself. A lock whose process is gone is taken away.
 *
 * @param path in a directory that exists
 * @throws `FILE_LOCKED` after a minute; `FILE_FAILED`
 */
export async function withProcessLock<T>(path: string, action: () => T): Promise<T> {
  for (const pause of tries(path)) await sleep(pause)
  return underLock(path, action)
}

/** The same, and everything else of this process waits too: for what is done once, by hand. */
export function withProcessLockSync<T>(path: string, action: () => T): T {
  for (const pause of tries(path)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  return underLock(path, action)
}

/** Ends when the lock is had; milliseconds to wait before each further try. */
function* tries(path: string): Generator<number> {
  const own = processMark()
  const deadline = performance.now() + PATIENCE_MILLISECONDS
  while (!createExclusive(path, own, { mode: 0o600 })) {
    if (performance.now() > deadline) throw coordError('FILE_LOCKED', path)
    const found = readMark(path)
    if (found !== null && isAbandoned(path, found, ABANDONED_MILLISECONDS)) takeAway(path, found)
    else yield 1 + Math.random() * 9
  }
}

function underLock<T>(path: string, action: () => T): T {
  try {
    return action()
  } finally {
    fs.rmSync(path, { force: true })
  }
}

/** Moves it to a name of its own first, and looks at it once more: another process may have been faster. */
function takeAway(path: string, mark: string): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    fs.renameSync(path, aside)
    if (readMark(aside) !== mark) fs.linkSync(aside, path)
    fs.rmSync(aside, { force: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw fileError(path, error)
    fs.rmSync(aside, { force: true })
  }
}
