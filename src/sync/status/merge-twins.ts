import { isPartOf } from '../../record/run-name.js'
import type { RunState } from '../../workspace/run-state.js'
import type { RunStanding } from '../../workspace/run-states.js'

/** Of two names of one run it is as the one says that knows most of its life. */
const LIVELIEST: readonly RunState[] = ['working', 'late', 'idle', 'gone', 'left']

/** One of each run: a program that calls two hooks of one session gives that two names. */
export function mergeTwins(runs: readonly RunStanding[]): readonly RunStanding[] {
  const merged: RunStanding[] = []
  for (const run of runs) {
    const at = merged.findIndex(({ runId, author }) => author === run.author && areTwins(runId, run.runId))
    const twin = merged[at]
    if (twin === undefined) merged.push(run)
    else merged[at] = together(twin, run)
  }
  return merged
}

/** A subagent is part of its session, and not the other way round. */
function areTwins(one: string, other: string): boolean {
  return isPartOf(one, other) && isPartOf(other, one)
}

function together(one: RunStanding, other: RunStanding): RunStanding {
  const [first, second] = LIVELIEST.indexOf(other.state) < LIVELIEST.indexOf(one.state) ? [other, one] : [one, other]
  return {
    ...first,
    holds: [...first.holds, ...second.holds],
    place: first.place ?? second.place,
    process: first.process ?? second.process,
    lastBeatAt: latest(first.lastBeatAt, second.lastBeatAt),
    lastProgressAt: latest(first.lastProgressAt, second.lastProgressAt),
  }
}

function latest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}
