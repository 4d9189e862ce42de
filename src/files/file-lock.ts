import fs from 'node:fs'
import { coordError } from '../errors.js'
import { createExclusive } from './atomic-write.js'

const WAIT_MILLISECONDS = 20
const MAX_WAITS = 250

/**
 * Runs an action while no other process runs one under the same lock, as git does it: a file that only one can make.
 * Meant for what takes milliseconds. A lock that its owner left behind is named and never broken: to tell a dead owner
 * from a slow one is for people.
 *
 * @throws `FILE_LOCKED` after five seconds
 */
export function withFileLock<T>(lockPath: string, action: () => T): T {
  for (let waits = 0; !createExclusive(lockPath, `${process.pid}\n`); waits++) {
    if (waits === MAX_WAITS) throw coordError('FILE_LOCKED', lockPath)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MILLISECONDS)
  }
  try {
    return action()
  } finally {
    fs.rmSync(lockPath, { force: true })
  }
}
