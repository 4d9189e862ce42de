import type { Clock } from '../../base/clock.js'
import { coordError } from '../../base/errors.js'
import { ticks } from '../../base/timer.js'
import { type CoordRecord, hasLapsed } from '../../record/record.js'

/** Readings of two clocks: one may be set, the other may stand still while the machine sleeps. */
export interface Times {
  readonly wall: number
  readonly monotonic: number
}

/** How often a lease may be over by the time it is granted, before its length is to blame and not the sleep of this process. */
const LATE_TRIES = 5

/** Tells leases that were over by the time that their process heard of them: it may have slept over the answer. */
export class Lateness {
  readonly #clock: Clock
  readonly #tries = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  times(): Times {
    return { wall: this.#clock.now(), monotonic: ticks() }
  }

  /** @param judgedAt by the clock of the hub, milliseconds since 1970; `null`: it does not tell */
  isOver(record: CoordRecord, judgedAt: number | null, sentAt: Times): boolean {
    const now = this.times()
    const elapsed = Math.max(now.wall - sentAt.wall, now.monotonic - sentAt.monotonic, 0)
    // By the hub's clock at its latest; by this machine's where the hub tells none.
    return hasLapsed(record, judgedAt === null ? now.wall : judgedAt + elapsed)
  }

  /** Notes that it was over, for the caller to ask for another. Throws `LEASE_TOO_SHORT` where that does not help. */
  note(record: CoordRecord): void {
    const tries = (this.#tries.get(keyOf(record)) ?? 0) + 1
    this.#tries.set(keyOf(record), tries)
    if (tries < LATE_TRIES) return
    throw coordError('LEASE_TOO_SHORT', `${record.kind} ${record.recordId}`, String(record.expiresAt))
  }
}

/** Tells a run's lease from all others. */
export function keyOf({ kind, recordId, runId }: CoordRecord): string {
  return `${kind}/${recordId}/${runId}`
}
