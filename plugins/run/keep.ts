import { setTimeout as sleep } from 'node:timers/promises'
import { asCoordError } from '../../src/plugin.js'
import type { Hold } from './hold.js'

/** A third of a lease: two beats may be missed. */
const BEATS_PER_LEASE = 3
/** For the answer to a beat that is under way when the command ends. */
const STOP_PATIENCE_MS = 5000

/**
 * Renews a hold until it is told to stop, a beat at every third of its lease. A beat that fails is reported and made up
 * for by the next. Resolves when there is nothing to keep any more: `lost` when another has it, or when no beat came
 * through for a whole lease.
 *
 * @param onMissed called with why a beat failed
 */
export async function keep(
  hold: Hold,
  ttlSeconds: number,
  stop: AbortSignal,
  onMissed: (problem: string) => void,
): Promise<'stopped' | 'over' | 'lost'> {
  const leaseMs = ttlSeconds * 1000
  // Not by the wall clock, which may be set; and from before the question, for the lease counts from then.
  let keptAt = performance.now()
  for (;;) {
    const left = keptAt + leaseMs - performance.now()
    await rest(Math.min(leaseMs / BEATS_PER_LEASE, left), stop)
    if (stop.aborted) return 'stopped'
    const askedAt = performance.now()
    const isAnswered = new AbortController()
    const renewal = hold.renew().catch((error: unknown) => {
      if (!stop.aborted) onMissed(asCoordError(error).message)
      return 'missed' as const
    })
    const answer = await Promise.race([
      renewal,
      // A hub that is silent for longer than the lease lasts cannot keep it.
      rest(Math.max(0, keptAt + leaseMs - askedAt), AbortSignal.any([stop, isAnswered.signal])).then(
        () => 'late' as const,
      ),
    ])
    isAnswered.abort()
    if (stop.aborted) {
      // What ends the hold must not be overtaken by what renews it.
      await Promise.race([renewal, sleep(STOP_PATIENCE_MS, undefined, { ref: false })])
      return 'stopped'
    }
    if (answer === 'kept') keptAt = askedAt
    else if (answer === 'over' || answer === 'lost') return answer
    if (performance.now() - keptAt >= leaseMs) return 'lost'
  }
}

async function rest(milliseconds: number, stop: AbortSignal): Promise<void> {
  await sleep(Math.max(0, milliseconds), undefined, { signal: stop }).catch(() => {})
}
