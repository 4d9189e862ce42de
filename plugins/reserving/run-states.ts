import { timeOf, type Workspace } from '../../src/plugin.js'
import { readBeats } from './beats.js'

/**
 * `alive`: its heartbeat counts, or it has written something lately. `stuck`: it beats and holds something, but has written
 * nothing else for long. `gone`: neither.
 */
export type RunState = 'alive' | 'stuck' | 'gone'

/** One run, as its records show it. */
export interface RunStanding {
  readonly runId: string
  readonly state: RunState
  /** Milliseconds since 1970; `null`: it has never beaten. */
  readonly lastBeatAt: number | null
  /** When it last wrote something other than a heartbeat: milliseconds since 1970; `null`: nothing is dated. */
  readonly lastProgressAt: number | null
}

export interface RunStateOptions {
  /** For how long a run may write nothing but heartbeats. */
  readonly stuckAfterSeconds: number
  /** The runs that hold something now. */
  readonly holders: ReadonlySet<string>
}

/** Every run that has written anything. A long tool call is no death: only its heartbeat's end makes a run gone. */
export function readRunStates(workspace: Workspace, options: RunStateOptions): readonly RunStanding[] {
  const now = workspace.clock.now()
  const lately = now - options.stuckAfterSeconds * 1000
  const beats = readBeats(workspace.view)
  const progress = readProgress(workspace, now)
  return [...new Set([...progress.keys(), ...beats.keys()])].map((runId) => {
    const beat = beats.get(runId)
    const lastProgressAt = progress.get(runId) ?? null
    const isBeating = beat !== undefined && (beat.aliveUntil === null || beat.aliveUntil > now)
    const progresses = lastProgressAt !== null && lastProgressAt > lately
    const isStuck = isBeating && !progresses && options.holders.has(runId)
    const state = isStuck ? 'stuck' : isBeating || progresses ? 'alive' : 'gone'
    return { runId, state, lastBeatAt: beat?.lastBeatAt ?? null, lastProgressAt }
  })
}

/** The latest time that any record of a run tells of, by run, heartbeats left out: those come by themselves. */
function readProgress({ view, registry }: Workspace, now: number): ReadonlyMap<string, number | null> {
  const progress = new Map<string, number | null>()
  for (const { name } of registry.all) {
    if (name === 'heartbeat') continue
    for (const { runId, payload } of view.entries(name)) {
      if (runId === '') continue
      const before = progress.get(runId) ?? null
      const at = latestTime(payload, now)
      progress.set(runId, before === null || (at !== null && at > before) ? at : before)
    }
  }
  return progress
}

/** Fields such as created_at and released_at; what lies ahead is an expiry, or another machine's clock. */
function latestTime(payload: Readonly<Record<string, unknown>>, now: number): number | null {
  let latest: number | null = null
  for (const [field, value] of Object.entries(payload)) {
    if (!field.endsWith('_at') || field.endsWith('expires_at')) continue
    const at = timeOf(value)
    if (at !== null && at <= now && (latest === null || at > latest)) latest = at
  }
  return latest
}
