import { setTimeout as sleep } from 'node:timers/promises'
import { endingWith } from '../../base/ending-with.js'
import { asCoordError } from '../../base/errors.js'
import type { Held } from './holder.js'

/** A third of a lease: two renewals may be missed. */
const RENEWALS_PER_LEASE = 3
/** For the answer to a renewal that is under way when the command ends. */
const STOP_PATIENCE_MS = 5000

/**
 * Renews what is held until it is told to stop, at every third of its lease. A renewal that fails is reported and made up
 * for by the next. Resolves when there is nothing to renew any more: `lost` when another has it, or when no renewal came
 * through for a whole lease.
 *
 * @param onMissed called with why a renewal failed
 */
export async function renewUntil(
  held: Held,
  ttlSeconds: number,
  stop: AbortSignal,
  onMissed: (problem: string) => void,
): Promise<'stopped' | 'over' | 'lost'> {
  const leaseMs = ttlSeconds * 1000
  // Not by the wall clock, which may be set; and from before the question, for the lease counts from then.
  let renewedAt = performance.now()
  for (;;) {
    const left = renewedAt + leaseMs - performance.now()
    await rest(Math.min(leaseMs / RENEWALS_PER_LEASE, left), stop)
    if (stop.aborted) return 'stopped'
    const askedAt = performance.now()
    const isAnswered = endingWith(stop)
    const renewal = held.renew().catch((error: unknown) => {
      if (!stop.aborted) onMissed(asCoordError(error).message)
      return 'missed' as const
    })
    const answer = await Promise.race([
      renewal,
      // A hub that is silent for longer than the lease lasts cannot keep it.
      rest(Math.max(0, renewedAt + leaseMs - askedAt), isAnswered.signal).then(() => 'late' as const),
    ])
    isAnswered.end()
    if (stop.aborted) {
      // What ends the hold must not be overtaken by what renews it.
      await Promise.race([renewal, sleep(STOP_PATIENCE_MS, undefined, { ref: false })])
      return 'stopped'
    }
    if (answer === 'kept') renewedAt = askedAt
    else if (answer === 'over' || answer === 'lost') return answer
    if (performance.now() - renewedAt >= leaseMs) return 'lost'
  }
}

async function rest(milliseconds: number, stop: AbortSignal): Promise<void> {
  await sleep(Math.max(0, milliseconds), undefined, { signal: stop }).catch(() => {})
}
