import { setTimeout as sleep } from 'node:timers/promises'
import { coordError } from '../../base/errors.js'
import { ticks } from '../../base/timer.js'
import { tryProcessLock } from '../../files/process-lock.js'
import type { Repo } from '../repo.js'

/** Longer than it takes to bring what is new; after that others do so as well. */
const PATIENCE_MILLISECONDS = 10_000

/**
 * Has one process of a store bring what is new where all of them want it at once: each costs the hub a request, and those of one
 * store come to the same.
 *
 * @param isDone whether it is here by now
 * @returns whether another one has brought it. Throws `INTERRUPTED`, and what `bring` throws
 */
export async function onlyOne(
  { sync }: Repo,
  isDone: () => boolean,
  bring: () => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  for (const startedAt = ticks(); !isDone(); ) {
    const lock = await tryProcessLock(sync, 'news.lock')
    if (lock !== null || ticks() - startedAt > PATIENCE_MILLISECONDS) {
      try {
        // The one before may have been done in between.
        if (isDone()) return true
        await bring()
        return false
      } finally {
        lock?.release()
      }
    }
    await sleep(15 + Math.random() * 30, undefined, { signal }).catch(() => {
      throw coordError('INTERRUPTED')
    })
  }
  return true
}
