import { isOfPlugin } from '../../base/errors.js'
import { formatTimestamp } from '../../base/timestamp.js'
import { partOrigin } from '../../kinds/containment/contain-part.js'
import { pluginFailed } from '../../kinds/containment/plugin-failed.js'
import type { Hold, Kind, Open, Place } from '../../kinds/kind.js'
import { openOf } from '../../kinds/open-of.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { asWritten } from '../../record/wire.js'
import { knownHolds } from '../../workspace/holds.js'
import { readStates } from '../../workspace/record-states.js'
import type { RunState } from '../../workspace/run-state.js'
import { type RunStanding, readRunStates } from '../../workspace/run-states.js'
import type { Session } from '../../workspace/session.js'
import { trackedRecords } from '../../workspace/tracked-records.js'
import type { Workspace } from '../../workspace/workspace.js'
import { readWorth, type Worth } from '../../workspace/worth/read-worth.js'
import { lossesHere } from '../holding/losses.js'
import { findUnsent, type Unsent } from '../push/unsent.js'
import { type Attention, attentionOf } from './attention.js'
import { mergeTwins } from './merge-twins.js'
import { type Picture, recordsHeld } from './picture.js'
import { problemsOf } from './problems.js'
import { remarksHere } from './remarks.js'
import { STATUS_PART, type StatusPart } from './status-part.js'

export interface StatusOptions {
  /** Only what is of this run; all runs when left out. */
  readonly runId?: string | null
  /** Whether records that were over in the last day are counted beside the open ones; they are when left out. */
  readonly countsOver?: boolean
  /** For how long kinds are not asked anew whether their code fails: milliseconds; each time when left out. */
  readonly faultsMaxAge?: number
}

export interface StatusRun {
  readonly runId: string
  /** The handle that writes for it; `null`: it has written here only, or the hub names none. */
  readonly author: string | null
  readonly state: RunState
  /** Where it works, by its last word on that; `null`: it has never told. */
  readonly place: Place | null
  /** The process of that machine whose end is its end; `null`: it has named none. */
  readonly pid: number | null
  readonly lastBeatAt: string | null
  readonly lastProgressAt: string | null
  /** How many records it holds something by, by the directories of their kinds: `reservations`, `claims`. */
  readonly [directory: string]: unknown
}

/** What a run holds, as `status` prints it. */
export interface StatusHold {
  readonly kind: string
  readonly recordId: string
  readonly what: string
  readonly title: string | null
  readonly runId: string
  readonly author: string | null
  /** ISO 8601; `null`: the record does not tell. */
  readonly since: string | null
  /** ISO 8601; `null`: until it is given back. */
  readonly until: string | null
  readonly token: number | null
  /** Whether it keeps others out; else it warns. */
  readonly exclusive: boolean
  /** What its kind says beside, where it does. */
  readonly branch: string | null
  readonly operation: string | null
}

export interface Status {
  readonly attention: readonly Attention[]
  readonly runs: readonly StatusRun[]
  /** What ends first comes first. */
  readonly holds: readonly StatusHold[]
  /** By the name of each kind whose records can be taken: how many of them are in which state. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** What coordination was worth on this machine in the last seven days. */
  readonly worth: Worth
  /** `null`: this workspace syncs with no hub. */
  readonly unsent: { readonly total: number; readonly kinds: Unsent['counts'] } | null
  /** Files that hold no record, directories that belong to no kind, and kinds whose plugin failed. */
  readonly problems: Picture['problems']
  /** Records that were refused, that are in conflict, or that break their schema, as the last pushes and pulls met them. */
  readonly remarks: Picture['remarks']
  /** How many more of those there were. */
  readonly remarksLeftOut: number
  /**
   * By the directory of each kind: the records that hold something, or of a kind that can only be taken the counts. And what
   * plugins add.
   */
  readonly [part: string]: unknown
}

/** For how long a run that is gone and holds nothing is still listed. */
const REMEMBERED_MILLISECONDS = 24 * 3600 * 1000
const OPEN_STATES: readonly Open['state'][] = ['pending', 'waiting', 'blocked']
/** Of those that look the same the first is the one that somebody should look after. */
const URGENCY: readonly RunState[] = ['gone', 'late', 'working', 'idle', 'left']

/** Who holds what until when, which runs are alive, and what else there is to know: of every kind, by its own words. */
export async function status(live: Session, options: StatusOptions = {}): Promise<Status> {
  const { runId = null, countsOver = true, faultsMaxAge = 0 } = options
  // One look: each of these questions would ask after every file.
  const session = live.snapshot()
  const { workspace } = session
  const { registry } = workspace
  // First, for it reads all open tasks, whose titles the holds ask for one by one.
  const counts = countOpen(workspace, countsOver)
  const isMeant = (one: { readonly runId: string }) => runId === null || one.runId === runId
  const holds = knownHolds(workspace)
    .filter(isMeant)
    .toSorted((one, other) => (one.until ?? Number.POSITIVE_INFINITY) - (other.until ?? Number.POSITIVE_INFINITY))
  const runs = runsOf(workspace, holds).filter(isMeant)
  const lost = lossesHere(session).filter(isMeant)
  const { spaces, files, counts: kinds, elsewhere } = await findUnsent(session)
  const unsent = spaces.length === 0 ? null : { total: files.size, kinds }
  const problems = problemsOf(workspace, faultsMaxAge)
  const { remarks, leftOut: remarksLeftOut } = remarksHere(workspace.repo)
  const statusParts = partsOf(session.container)
  const parts = await Promise.all(statusParts.map((part) => readPart(part, session, runId)))
  const more = parts.flatMap(({ attention }) => attention)
  const foreign = parts.flatMap(({ fields, isOfPlugin }) => (isOfPlugin ? Object.keys(fields) : []))
  const tracked = trackedRecords(workspace.repo) ?? []
  const lossCommand = statusParts.find((part) => part.lossCommand)?.lossCommand
  const toPush = countToPush(files, remarks)
  const picture = { runs, lost, counts, toPush, elsewhere, problems, remarks, tracked }
  const attention = attentionOf(picture, registry, more, lossCommand)
  const found: Status = {
    ...Object.fromEntries(Array.from(counts, ([{ directory }, count]) => [directory, count])),
    ...Object.fromEntries(
      registry.all.flatMap((kind) => (kind.holds ? [[kind.directory, recordsOf(workspace, kind, holds)]] : [])),
    ),
    ...Object.assign({}, ...parts.map(({ fields }) => fields)),
    attention,
    runs: runs.map((run) => shownRun(run, registry)),
    holds: holds.map(shown),
    counts: Object.fromEntries(Array.from(counts, ([{ name }, count]) => [name, count])),
    worth: readWorth(session, { runId }),
    unsent,
    problems,
    remarks,
    remarksLeftOut,
  }
  return asWritten(found, foreign)
}

/** A part that a plugin fails to tell costs the others nothing, and is told itself. */
async function readPart(part: StatusPart, session: Session, runId: string | null) {
  try {
    const origin = partOrigin(part)
    const told: unknown = await part.read(session, runId)
    const { fields, attention } = (told ?? {}) as Awaited<ReturnType<StatusPart['read']>>
    if (origin !== undefined && (typeof fields !== 'object' || !Array.isArray(attention)))
      throw pluginFailed(origin, 'it returned no {fields, attention}', 'in read of its status part: ')
    return { fields, attention, isOfPlugin: origin !== undefined }
  } catch (error) {
    if (!isOfPlugin(error)) throw error
    return {
      fields: {},
      isOfPlugin: true,
      attention: [{ what: 'plugin_failed', message: error.message, command: 'muse-coord doctor' }],
    }
  }
}

function partsOf(container: Session['container']): readonly StatusPart[] {
  return container.isRegistered(STATUS_PART, true) ? container.resolveAll<StatusPart>(STATUS_PART) : []
}

function runsOf(workspace: Workspace, holds: readonly Hold[]): readonly RunStanding[] {
  const remembered = workspace.clock.now() - REMEMBERED_MILLISECONDS
  return mergeTwins(readRunStates(workspace, holds))
    .filter(({ state, holds, lastBeatAt, lastProgressAt }) => {
      const lastSeenAt = Math.max(lastBeatAt ?? 0, lastProgressAt ?? 0)
      return state !== 'gone' || holds.length > 0 || lastSeenAt > remembered
    })
    .toSorted(
      (one, other) => URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state) || (one.runId < other.runId ? -1 : 1),
    )
}

function shownRun(run: RunStanding, { all }: KindRegistry): StatusRun {
  const { runId, author, state, place, process, lastBeatAt, lastProgressAt } = run
  const kinds = all.filter((kind) => kind.holds)
  return {
    ...{ runId, author, state, place, pid: process?.pid ?? null },
    lastBeatAt: timestamp(lastBeatAt),
    lastProgressAt: timestamp(lastProgressAt),
    ...Object.fromEntries(kinds.map(({ name, directory }) => [directory, recordsHeld(run, name)])),
  }
}

/** For how long what is over is counted. */
const COUNTED_MILLISECONDS = 24 * 3600 * 1000

/**
 * By kind, how many of its records are in which state: of those that are open, or where the kind names its states also of
 * those that were over in the last day only.
 */
function countOpen(
  { registry, view }: Workspace,
  countsOver: boolean,
): ReadonlyMap<Kind, Readonly<Record<string, number>>> {
  const counts = new Map<Kind, Record<string, number>>()
  const records = countsOver ? view.alive([], view.now - COUNTED_MILLISECONDS) : view.alive()
  for (const kind of registry.all) {
    if (kind.open === undefined) continue
    const stateOf = readStates(kind, records)
    const states = kind.states
      ? records.entries(kind.name).map((entry) => stateOf(entry).state)
      : openOf(kind, records).map(({ state }) => state)
    const count: Record<string, number> = Object.fromEntries((kind.states ?? OPEN_STATES).map((state) => [state, 0]))
    for (const state of states) count[state] = (count[state] ?? 0) + 1
    counts.set(kind, count)
  }
  return counts
}

/** The records of a kind by which something is held, each with the fields that its kind shows of it. */
function recordsOf({ view }: Workspace, kind: Kind, holds: readonly Hold[]): readonly object[] {
  const found = new Map<string, object>()
  const records = view.alive()
  for (const { kind: name, recordId, runId, title, until, details } of holds) {
    if (name !== kind.name || found.has(recordId)) continue
    const origin = records.named(name, recordId)?.origin ?? 'local'
    const called = title === undefined ? {} : { title }
    const own = { ...called, runId, ...details, until: timestamp(until), origin }
    // The kind has named these fields.
    found.set(recordId, asWritten({ [kind.idField]: recordId, ...own }, [kind.idField, ...Object.keys(details ?? {})]))
  }
  return [...found.values()]
}

function shown({
  kind,
  recordId,
  what,
  runId,
  author,
  token,
  since,
  until,
  isExclusive,
  title,
  details,
}: Hold): StatusHold {
  const branch = details?.branch
  const operation = details?.operation
  return {
    kind,
    recordId,
    what,
    runId,
    author,
    token,
    title: title ?? null,
    since: timestamp(since),
    until: timestamp(until),
    exclusive: isExclusive,
    branch: typeof branch === 'string' ? branch : null,
    operation: typeof operation === 'string' ? operation : null,
  }
}

function timestamp(milliseconds: number | null): string | null {
  return milliseconds === null ? null : formatTimestamp(milliseconds)
}

/** How many files a push might bring there: what was refused as it stands will be refused again, and is told by itself. */
function countToPush(unsent: ReadonlySet<string>, remarks: Picture['remarks']): number {
  const refused = new Set(remarks.flatMap(({ what, path }) => (what === 'schema' ? [] : (path ?? []))))
  return [...unsent].filter((path) => !refused.has(path)).length
}
