import { setTimeout as sleep } from 'node:timers/promises'
import { CoordError, coordError } from '../base/errors.js'
import { ticks } from '../base/timer.js'
import type { Folder } from './folder.js'
import { describeMark, isOfThisProcess, lifeOf, MAX_MARK_BYTES, nonceOf, processMark } from './process-mark.js'

export interface LockOptions {
  /** How long the lock is waited for; a minute when left out. */
  readonly patienceMilliseconds?: number
  /** Ends the wait with `INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined
}

const PATIENCE_MILLISECONDS = 60_000

/** The marks of locks that this process has left and whose files it could not remove. */
const left = new Set<string>()

/**
 * Runs an action while no other process runs one under the same lock; waits for its turn without blocking this one. For
 * what takes well under a second and does not wait for anything itself.
 *
 * A lock is taken away from a process that is known to be dead, and from no other: not from one that sleeps, and not from
 * one of another container or machine, of which nothing can be known. Rejects with `FILE_LOCKED` when it was waited for in
 * vain.
 */
export async function withProcessLock<T>(
  folder: Folder,
  name: string,
  action: () => T,
  options: LockOptions = {},
): Promise<T> {
  const own = processMark()
  for (const pause of tries(folder, name, own, options)) {
    if (options.signal?.aborted) throw coordError('INTERRUPTED')
    await sleep(pause)
  }
  return underLock(folder, name, own, action)
}

/** The same, and everything else of this process waits too: for what is done once, by hand. */
export function withProcessLockSync<T>(folder: Folder, name: string, action: () => T, options: LockOptions = {}): T {
  const own = processMark()
  for (const pause of tries(folder, name, own, options)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  }
  return underLock(folder, name, own, action)
}

/** A lock that is held for as long as its holder likes. */
export interface HeldLock {
  /** Whether the file still says so: somebody may have removed it, or a directory around it. */
  isHeld(): boolean
  /** Says that the holder lives, for those who cannot look at its process. */
  renew(): void
  release(): void
}

/** A lock of a process that nobody can look at, in another container or on another machine, lasts so long unrenewed. */
const SILENCE_MILLISECONDS = 60_000

/**
 * Takes a lock that is held for long, such as that of a program that runs. `null`: another process has it. It is taken away
 * from one that is dead, and from one that nobody can look at and that has not renewed it for a minute.
 */
export async function tryProcessLock(folder: Folder, name: string): Promise<HeldLock | null> {
  const own = processMark()
  const mark = readMark(folder, name)
  if (mark !== null && lifeOf(mark) === 'unknown' && isSilent(folder, name))
    folder.removeIf(name, MAX_MARK_BYTES, (text) => text === mark)
  try {
    for (const pause of tries(folder, name, own, { patienceMilliseconds: 0 })) await sleep(pause)
  } catch (error) {
    if (error instanceof CoordError && error.code === 'FILE_LOCKED') return null
    throw error
  }
  return {
    isHeld: () => readMark(folder, name) === own,
    renew: () => folder.write(name, own),
    release() {
      leave(folder, name, own)
      // Its folder may have been moved away with it, and come back.
      left.add(own)
    },
  }
}

/** By the file system's own clock, which every holder shares. */
function isSilent(folder: Folder, name: string): boolean {
  const changedAt = folder.stat(name)?.mtimeMs
  return changedAt !== undefined && changedAt + SILENCE_MILLISECONDS < folder.touch('lock-time')
}

/** Whose lock it is, for a sentence; `null`: nobody's, or that of a process that is dead. */
export function lockHolder(folder: Folder, name: string): string | null {
  const mark = readMark(folder, name)
  return mark === null || lifeOf(mark) === 'dead' ? null : describeMark(mark)
}

/** Whether a process other than this one holds it, as far as anybody can tell: one that is dead does not. */
export function isHeldElsewhere(folder: Folder, name: string): boolean {
  const mark = readMark(folder, name)
  return mark !== null && lifeOf(mark) !== 'dead' && !isOfThisProcess(mark)
}

/** Ends when the lock is had; milliseconds to wait before each further try. */
function* tries(folder: Folder, name: string, own: string, options: LockOptions): Generator<number> {
  const { patienceMilliseconds = PATIENCE_MILLISECONDS } = options
  const deadline = ticks() + patienceMilliseconds
  while (!folder.create(name, own)) {
    const found = readMark(folder, name)
    if (found !== null && (left.has(found) || lifeOf(found) === 'dead')) yield* takeAway(folder, name, found, options)
    else if (ticks() < deadline) yield 1 + Math.random() * 9
    else throw coordError('FILE_LOCKED', folder.pathOf(name), describeMark(found ?? ''))
  }
}

function underLock<T>(folder: Folder, name: string, own: string, action: () => T): T {
  let result: T
  try {
    result = action()
  } catch (error) {
    try {
      leave(folder, name, own)
    } catch {} // The action's own error is the one to tell.
    throw error
  }
  leave(folder, name, own)
  return result
}

function leave(folder: Folder, name: string, own: string): void {
  left.add(own)
  // Somebody may have removed it by hand, and another process have its own there by now.
  if (readMark(folder, name) === own) folder.remove(name)
  left.delete(own)
}

/**
 * Done under a lock of its own that is named after the dead process's mark: exactly one process removes that mark, and
 * nobody the one that comes after it. Who dies over this is followed by the next in the same way.
 */
function* takeAway(folder: Folder, name: string, mark: string, options: LockOptions): Generator<number> {
  const guard = `${name}.${nonceOf(mark)}`
  const own = processMark()
  yield* tries(folder, guard, own, options)
  underLock(folder, guard, own, () => {
    if (readMark(folder, name) === mark) folder.remove(name)
  })
}

function readMark(folder: Folder, name: string): string | null {
  const reading = folder.read(name, MAX_MARK_BYTES)
  return 'text' in reading ? reading.text : null
}
