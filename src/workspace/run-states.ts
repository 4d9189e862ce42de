import { timeOf } from '../base/timestamp.js'
import { lifeOfProcess, type ProcessMark } from '../files/process-mark.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Beat, Hold, Place, SeenRecord } from '../kinds/kind.js'
import { type Entry, WHOEVER_COMMITTED } from './entry.js'
import type { Standing } from './index/standing.js'
import { readOrigin } from './origin.js'
import { type RunEvidence, type RunState, runStateAt, takenAt } from './run-state.js'
import type { Workspace } from './workspace.js'

/** One run, as its records show it. Times are milliseconds since 1970. */
export interface RunStanding {
  readonly runId: string
  /** The handle that writes for it; `null`: it has written here only, or the hub names none. */
  readonly author: string | null
  readonly state: RunState
  /** What it holds now. */
  readonly holds: readonly Hold[]
  /** Where it works, by its last word on that; `null`: it has never told. */
  readonly place: Place | null
  /** The process whose end is its end, as it told last; `null`: none. */
  readonly process: ProcessMark | null
  /** That process was one of this machine, and has ended. */
  readonly isProcessDead: boolean
  /** That process is one of this machine, and lives. */
  readonly isProcessAlive: boolean
  /** `null`: it has never beaten. */
  readonly lastBeatAt: number | null
  /** When it last wrote something other than a sign of life; `null`: nothing is dated. */
  readonly lastProgressAt: number | null
}

/** For how long a run is remembered whose last beat has ended. */
const REMEMBERED_MILLISECONDS = 24 * 3600 * 1000
/** For how long what a run wrote is looked at when it is over. */
const PROGRESS_MILLISECONDS = 3600 * 1000

/**
 * Every run that holds something, has beaten in the last day or has written anything lately.
 *
 * @param holds what runs hold now
 */
export function readRunStates(workspace: Workspace, holds: readonly Hold[]): readonly RunStanding[] {
  const { view } = workspace
  const now = workspace.clock.now()
  const runs = new RunTable(workspace)
  readBeats(workspace, view.alive([], now - REMEMBERED_MILLISECONDS), runs)
  readProgress(workspace, view.alive([], now - PROGRESS_MILLISECONDS), now, runs)
  addHolds(view.alive(), holds, runs)
  return runs.all().map((run) => run.standing(now))
}

/** The same of those alone that hold something or beat, at the cost of what is alive. */
export function readCurrentRuns(
  workspace: Workspace,
  holds: readonly Hold[],
  records: Standing = workspace.view.alive(),
): readonly RunStanding[] {
  const runs = new RunTable(workspace)
  readBeats(workspace, records, runs)
  addHolds(records, holds, runs)
  return runs.all().map((run) => run.standing(records.now))
}

function readBeats({ registry }: Workspace, records: Standing, runs: RunTable): void {
  for (const kind of registry.all) {
    if (kind.beats === undefined) continue
    // Other programs keep several files a run, so all copies of a record are read.
    for (const copy of records.entries(kind.name).flatMap((entry) => [entry, ...entry.shadowed])) {
      const beat = askKind(kind, 'beats', () => kind.beats?.(copy.payload) ?? null, null)
      if (beat !== null) runs.of(beat.runId || copy.runId, copy)?.beat(beat, copy.payload)
    }
  }
}

function addHolds(records: Standing, holds: readonly Hold[], runs: RunTable): void {
  for (const hold of holds) {
    const payload = records.named(hold.kind, hold.recordId)?.payload ?? {}
    runs.of(hold.runId, hold)?.hold(hold, payload)
  }
}

/** Signs of life are left out, for they come by themselves. */
function readProgress({ registry }: Workspace, records: Standing, now: number, runs: RunTable): void {
  for (const { name, beats } of registry.all) {
    if (beats !== undefined) continue
    for (const entry of records.entries(name))
      runs.of(entry.runId, entry)?.wrote(entry.payload, latestTime(entry.payload, now))
  }
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

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}

/** Runs by name and author: who bears another's name is another run. */
class RunTable {
  readonly #runs = new Map<string, Map<string | null, Gathered>>()
  readonly #workspace: Workspace

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** `null` for what names no run. */
  of(runId: string, record: Pick<SeenRecord, 'author'>): Gathered | null {
    if (runId === '') return null
    const namesakes = this.#runs.get(runId) ?? new Map<string | null, Gathered>()
    this.#runs.set(runId, namesakes)
    const author = this.#authorAmong(namesakes, record.author)
    const run = namesakes.get(author) ?? new Gathered(runId, author)
    namesakes.set(author, run)
    return run
  }

  all(): readonly Gathered[] {
    return [...this.#runs.values()].flatMap((namesakes) => [...namesakes.values()])
  }

  /** The store's own records are by its user, which is looked up only where somebody else bears the same name. */
  #authorAmong(namesakes: Map<string | null, Gathered>, author: string | null): string | null {
    const [first] = namesakes.keys()
    if (first === undefined || namesakes.has(author) || author === WHOEVER_COMMITTED) return author
    const { handle } = this.#workspace.viewer
    const own = namesakes.get(null)
    if (author === null) return handle !== null && namesakes.has(handle) ? handle : author
    if (own === undefined || (handle !== null && handle !== author)) return author
    own.author = author
    namesakes.delete(null)
    namesakes.set(author, own)
    return author
  }
}

/** What the records of one run come to. */
class Gathered implements Omit<RunEvidence, 'process'> {
  readonly holds: Hold[] = []
  lastBeatAt: number | null = null
  beatUntil: number | null = Number.NEGATIVE_INFINITY
  lastProgressAt: number | null = null
  leftAt: number | null = null
  #origin: { readonly place: Place | null; readonly process: ProcessMark | null; readonly toldAt: number } = {
    place: null,
    process: null,
    toldAt: Number.NEGATIVE_INFINITY,
  }

  constructor(
    readonly runId: string,
    public author: string | null,
  ) {}

  beat({ at, until, leftAt = null }: Beat, payload: Entry['payload']): void {
    this.lastBeatAt = later(this.lastBeatAt, at)
    this.beatUntil = this.beatUntil === null || until === null ? null : Math.max(this.beatUntil, until)
    this.leftAt = later(this.leftAt, leftAt)
    this.#tell(payload, at)
  }

  hold(hold: Hold, payload: Entry['payload']): void {
    this.holds.push(hold)
    this.#tell(payload, hold.since ?? takenAt(hold))
    this.lastProgressAt = later(this.lastProgressAt, hold.since)
  }

  wrote(payload: Entry['payload'], at: number | null): void {
    this.#tell(payload, at)
    this.lastProgressAt = later(this.lastProgressAt, at)
  }

  standing(now: number): RunStanding {
    const { runId, lastBeatAt, lastProgressAt } = this
    const { place, process } = this.#origin
    const life = process === null ? 'unknown' : lifeOfProcess(process)
    const state = runStateAt(now, { ...this, process: life })
    return {
      runId,
      author: this.author,
      state,
      holds: this.holds,
      place,
      process,
      isProcessDead: life === 'dead',
      isProcessAlive: life === 'alive',
      lastBeatAt,
      lastProgressAt,
    }
  }

  /** The last word on where it works counts: a run that goes on elsewhere says so. */
  #tell(payload: Entry['payload'], at: number | null): void {
    const { place, process } = readOrigin(payload)
    const toldAt = at ?? Number.NEGATIVE_INFINITY
    if ((place ?? process) === null || toldAt < this.#origin.toldAt) return
    this.#origin = { place, process, toldAt }
  }
}
