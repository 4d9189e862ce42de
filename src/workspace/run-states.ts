import { timeOf } from '../base/timestamp.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Entry } from './entry.js'
import type { Standing } from './index/standing.js'
import type { Workspace } from './workspace.js'

/**
 * `alive`: its sign of life counts, or it has written something lately. `stuck`: it beats and holds something, but has
 * written nothing else for long. `gone`: neither.
 */
export type RunState = 'alive' | 'stuck' | 'gone'

/** One run, as its records show it. */
export interface RunStanding {
  readonly runId: string
  readonly state: RunState
  /** Milliseconds since 1970; `null`: it has never beaten. */
  readonly lastBeatAt: number | null
  /** When it last wrote something other than a sign of life: milliseconds since 1970; `null`: nothing is dated. */
  readonly lastProgressAt: number | null
}

export interface RunStateOptions {
  /** For how long a run may write nothing but signs of life. */
  readonly stuckAfterSeconds: number
  /** The runs that hold something now. */
  readonly holders: ReadonlySet<string>
}

/** For how long a run is remembered whose last beat has ended. */
const REMEMBERED_MILLISECONDS = 24 * 3600 * 1000

/**
 * Every run that holds something, has beaten in the last day or has written anything lately. A long tool call is no death:
 * only the end of its beat makes a run gone.
 */
export function readRunStates(workspace: Workspace, options: RunStateOptions): readonly RunStanding[] {
  const now = workspace.clock.now()
  const lately = now - options.stuckAfterSeconds * 1000
  const beats = readBeats(workspace, workspace.view.alive([], now - REMEMBERED_MILLISECONDS))
  const progress = readProgress(workspace, workspace.view.alive([], lately), now)
  return [...new Set([...progress.keys(), ...beats.keys()])].map((runId) => {
    const beat = beats.get(runId)
    const lastProgressAt = progress.get(runId) ?? null
    const isBeating = beat !== undefined && (beat.until === null || beat.until > now)
    const progresses = lastProgressAt !== null && lastProgressAt > lately
    const isStuck = isBeating && !progresses && options.holders.has(runId)
    const state = isStuck ? 'stuck' : isBeating || progresses ? 'alive' : 'gone'
    return { runId, state, lastBeatAt: beat?.at ?? null, lastProgressAt }
  })
}

/** What the signs of life of a run come to. */
interface Pulse {
  readonly at: number | null
  readonly until: number | null
}

/** By run. Other programs keep several files a run, so all copies of a record are read. */
function readBeats({ registry }: Workspace, records: Standing): ReadonlyMap<string, Pulse> {
  const pulses = new Map<string, Pulse>()
  for (const kind of registry.all) {
    if (kind.beats === undefined) continue
    for (const { runId, payload } of records.entries(kind.name).flatMap((entry) => [entry, ...entry.shadowed])) {
      const beat = askKind(kind, 'beats', () => kind.beats?.(payload) ?? null, null)
      const run = beat?.runId || runId
      if (beat === null || run === '') continue
      const before = pulses.get(run)
      pulses.set(run, before === undefined ? beat : { at: later(before.at, beat.at), until: longer(before, beat) })
    }
  }
  return pulses
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}

function longer({ until: one }: Pulse, { until: other }: Pulse): number | null {
  return one === null || other === null ? null : Math.max(one, other)
}

/** The latest time that any record of a run tells of, by run; signs of life are left out, for they come by themselves. */
function readProgress({ registry }: Workspace, records: Standing, now: number): ReadonlyMap<string, number | null> {
  const progress = new Map<string, number | null>()
  for (const { name, beats } of registry.all) {
    if (beats !== undefined) continue
    for (const { runId, payload } of records.entries(name)) {
      if (runId !== '') progress.set(runId, later(progress.get(runId) ?? null, latestTime(payload, now)))
    }
  }
  return progress
}

/** Fields such as created_at and released_at; what lies ahead is an expiry, or another machine's clock. */
function latestTime(payload: Entry['payload'], now: number): number | null {
  let latest: number | null = null
  for (const [field, value] of Object.entries(payload)) {
    if (!field.endsWith('_at') || field.endsWith('expires_at')) continue
    const at = timeOf(value)
    if (at !== null && at <= now) latest = later(latest, at)
  }
  return latest
}
