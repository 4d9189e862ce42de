import type { Clock } from '../base/clock.js'
import { problemOf } from '../base/errors.js'
import type { Retention } from './retention.js'
import type { Store } from './stores/store.js'
import { type SweptSpace, sweepHub } from './sweep-hub.js'

const HOUR_MILLISECONDS = 3_600_000

export interface SweeperHooks {
  onSwept(swept: readonly SweptSpace[]): void
  /** A sweep that failed; the next one comes in an hour all the same. */
  onFailed(fault: string): void
}

/**
 * Sweeps a store every hour. Does nothing for a store that cannot be swept.
 *
 * @returns what ends it, also a sweep under way
 */
export function startSweeper(
  store: Store,
  retention: Retention,
  clock: Clock,
  hooks: SweeperHooks,
): () => Promise<void> {
  if (!store.sweep) return async () => {}
  const ending = new AbortController()
  let sweeping = Promise.resolve()
  const timer = setInterval(() => {
    sweeping = sweeping.then(async () => {
      try {
        const swept = await sweepHub(store, retention, clock.now(), ending.signal)
        if (swept.length > 0) hooks.onSwept(swept)
      } catch (error) {
        hooks.onFailed(problemOf(error))
      }
    })
  }, HOUR_MILLISECONDS)
  timer.unref()
  return () => {
    clearInterval(timer)
    ending.abort()
    return sweeping
  }
}
