import type { ProcessLife } from '../files/process-mark.js'
import type { Hold } from '../kinds/kind.js'

/**
 * `working`: it holds something. `idle`: it is alive and holds nothing. `late`: it holds something, and two thirds of its
 * length have gone by without a sign of life. `gone`: its time has passed, or its process has ended. `left`: it said goodbye.
 */
export type RunState = 'working' | 'idle' | 'late' | 'gone' | 'left'

/** What is known of a run. Times are milliseconds since 1970. */
export interface RunEvidence {
  readonly holds: readonly Pick<Hold, 'since' | 'until' | 'length'>[]
  /** Its last sign of life; `null`: it has given none. */
  readonly lastBeatAt: number | null
  /** Until when signs of life count; `null`: for good, `-Infinity`: there was none. */
  readonly beatUntil: number | null
  /** When it last wrote something else; `null`: nothing is dated. */
  readonly lastProgressAt: number | null
  /** When it said goodbye; `null`: it has not. */
  readonly leftAt: number | null
  /** Of the process whose end is its end. `unknown` also where it has named none. */
  readonly process: ProcessLife
}

const LATE_AFTER = 2 / 3
/** For how long a run counts as alive that has never beaten, after it has written something. */
const QUIET_MILLISECONDS = 15 * 60 * 1000

/** How a run is at a moment. Nobody is alive for having written something long ago. */
export function runStateAt(now: number, run: RunEvidence): RunState {
  const { holds, lastBeatAt, beatUntil, lastProgressAt, leftAt } = run
  const hasLeft = leftAt !== null && leftAt >= Math.max(lastProgressAt ?? 0, lastBeatAt ?? 0)
  if (holds.length === 0 && hasLeft) return 'left'
  if (run.process === 'dead') return 'gone'
  const hasBeaten = beatUntil !== Number.NEGATIVE_INFINITY
  const isBeating = beatUntil === null || beatUntil > now
  if (holds.length > 0) {
    if (holds.some(({ until }) => until !== null))
      return holds.every((hold) => isLate(now, hold, run)) ? 'late' : 'working'
    return hasBeaten && !isBeating ? 'gone' : 'working'
  }
  const isQuiet = lastProgressAt === null || lastProgressAt + QUIET_MILLISECONDS <= now
  return isBeating || !isQuiet ? 'idle' : 'gone'
}

/** What has no end is no reason to take its run for late, and none not to. */
function isLate(now: number, hold: RunEvidence['holds'][number], { lastBeatAt }: RunEvidence): boolean {
  const { since, until } = hold
  if (until === null) return true
  const renewedAt = Math.max(...[since, lastBeatAt, takenAt(hold)].map((time) => time ?? Number.NEGATIVE_INFINITY))
  return Number.isFinite(renewedAt) && now >= renewedAt + (until - renewedAt) * LATE_AFTER
}

/** When a hold was taken or renewed last, by its end: milliseconds since 1970; `null`: it does not tell. */
export function takenAt({ until, length }: Pick<Hold, 'until' | 'length'>): number | null {
  return until === null || length === undefined ? null : until - length
}
