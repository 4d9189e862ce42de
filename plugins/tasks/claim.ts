import {
  type CoordError,
  coordError,
  isHeldBy,
  type Look,
  type SeenRecord,
  type Session,
  timeOf,
  waitUntil,
} from '../../src/plugin.js'
import { enterAs } from '../reserving/enter-as.js'
import { type BoardTask, RECENT_MILLISECONDS, readBoard, type Seen, taskNamed } from './board.js'
import { claimNext, type Known } from './claim-next.js'
import { type ClaimedTask, claimTask } from './claim-task.js'
import { type Claimer, openClaimer } from './claimer.js'
import { claimState, handedToOther, readClaim } from './claims.js'
import { Lately, NEWS_MILLISECONDS } from './lately.js'
import { takeTask } from './take-task.js'
import { taskErrors } from './task-errors.js'

export interface ClaimRequest {
  readonly runId: string
  /** Id, or beginning of an id; the first that can be had when left out. */
  readonly task?: string | undefined
  /** Queues to take from; all of them when left out. */
  readonly queues?: readonly string[]
  readonly ttlSeconds: number
  /** Waits until there is something to claim. */
  readonly wait?: boolean
  /** With `wait`; no bound when left out. */
  readonly timeoutSeconds?: number | undefined
  /** Does not ask the hub. */
  readonly isOffline?: boolean
  /** Without a task: a further one, also where the run has one already. */
  readonly another?: boolean
  /** With a task: takes it from a run of the same author that is gone, or from any as the owner of the space. */
  readonly take?: boolean
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean
}

/**
 * Fetches what others wrote, and claims. A run that has a task already gets that one first: it may have forgotten. Throws `NOTHING_TO_CLAIM`, `WAIT_TIMED_OUT`, and as `claimTask` does.
 */
export async function claim(session: Session, request: ClaimRequest): Promise<ClaimedTask> {
  const opened = await openClaimer(session, request.runId, request.isOffline)
  const claimer = { ...opened, isWaiting: request.wait === true }
  const { leases } = claimer
  const { wait = false, task, timeoutSeconds, another = false, take = false } = request
  const mayBeLate = task === undefined && !take && (await leases.canAcquireFirst('claim'))
  const slack = mayBeLate ? NEWS_MILLISECONDS : 0
  const mayHaveEntered = mayBeLate && !wait && request.resume !== true
  const entered = mayHaveEntered && hasEntered(claimer) ? null : await enter(session, request, slack)
  const isCurrent = await bringNews(claimer, mayBeLate)
  if (take) {
    if (task === undefined) throw coordError('ARGUMENTS', 'Name the task that --take takes.')
    await takeTask(claimer, task)
  }
  if (task === undefined) {
    const seen = isCurrent || entered === null ? session.snapshot(slack).workspace.view.alive() : entered
    const had = another ? null : await claimAgain(claimer, request, seen, isCurrent)
    if (had !== null) return had
    if (!wait) return claimNow(claimer, request, { seen, isCurrent }, entered !== null)
  } else if (!wait) return claimTask(claimer, task, request.ttlSeconds)
  const what = task === undefined ? 'A task to claim' : `The task ${task}`
  const options = { kinds: ['task', 'claim'], what, timeoutSeconds, runId: claimer.runId }
  return waitUntil(session, leases, options, () => tryNow(claimer, request))
}

/** Whether the run entered a moment ago: it does so before each claim no more, but before it is told that there is nothing. */
function hasEntered({ session, runId }: Claimer): boolean {
  return Lately.of(session).hasEntered(runId)
}

async function enter(session: Session, { runId, resume, isOffline }: ClaimRequest, slack: number): Promise<Seen> {
  const lately = Lately.of(session)
  const seen = await enterAs(session, { runId, resume, isOffline, slack })
  lately.noteEntered(runId)
  return seen
}

/**
 * Fetches what others wrote. For the first task that can be had a moment's delay does no harm: the hub is asked for several at
 * once, and says which are taken. Returns whether all is here now.
 */
async function bringNews({ leases, runId }: Claimer, mayBeLate: boolean): Promise<boolean> {
  if (mayBeLate) return leases.refreshIfOlder(NEWS_MILLISECONDS / 1000, 'claim', runId)
  await leases.refresh()
  return true
}

/** What the run has already, renewed: what it claimed first. `null`: nothing in these queues. */
async function claimAgain(
  claimer: Claimer,
  { queues = [], ttlSeconds }: ClaimRequest,
  seen: Seen,
  isCurrent: boolean,
): Promise<ClaimedTask | null> {
  if (firstOwn(claimer, queues, seen) === undefined) return null
  // Another run may have it by now, of which this store has yet to hear.
  if (!isCurrent) await claimer.leases.refresh()
  const first = firstOwn(claimer, queues, claimer.workspace.view.alive())
  return first === undefined ? null : { ...(await claimTask(claimer, first.recordId, ttlSeconds)), resumed: true }
}

/** The claim by which a run has had a task for longest, of a task in these queues. */
function firstOwn({ workspace, runId }: Claimer, queues: readonly string[], alive: Seen): SeenRecord | undefined {
  const isInQueues = ({ recordId }: SeenRecord) => {
    const task = taskNamed(alive, recordId)
    return task !== undefined && (queues.length === 0 || queues.includes(task.queue))
  }
  return alive
    .entries('claim')
    .filter((claim) => claim.runId === runId && claimState(claim) === 'claimed')
    .filter((claim) => isHeldBy(workspace, claim, runId))
    .filter(isInQueues)
    .sort((one, other) => claimedAt(one) - claimedAt(other))[0]
}

function claimedAt({ payload }: SeenRecord): number {
  return timeOf(readClaim(payload).claimedAt) ?? 0
}

/** @param hasJustEntered what the dead had is given back already */
async function claimNow(
  claimer: Claimer,
  request: ClaimRequest,
  known: Known,
  hasJustEntered: boolean,
): Promise<ClaimedTask> {
  const { queues = [], ttlSeconds } = request
  let outcome = await claimNext(claimer, { queues, ttlSeconds }, known)
  if (outcome.claimed === null && !hasJustEntered) {
    await enter(claimer.session, request, 0)
    outcome = await claimNext(claimer, { queues, ttlSeconds })
  }
  if (outcome.claimed !== null) return outcome.claimed
  const { view } = claimer.workspace
  view.assertRead(['task', 'claim'])
  const all = [...readBoard(view.alive([], view.now - RECENT_MILLISECONDS)).values()]
  throw taskErrors.nothingToClaim(whyNone(all.filter(({ queue }) => queues.length === 0 || queues.includes(queue))))
}

async function tryNow(claimer: Claimer, request: ClaimRequest): Promise<Look<ClaimedTask>> {
  const { task, queues = [], ttlSeconds } = request
  if (task === undefined) {
    const outcome = await claimNext(claimer, { queues, ttlSeconds })
    return outcome.claimed === null ? { lookAgainAt: nextLapse(claimer, outcome.board) } : { found: outcome.claimed }
  }
  try {
    return { found: await claimTask(claimer, task, ttlSeconds) }
  } catch (error) {
    // Held by another, or waiting for others: both can pass. The rest cannot.
    const { code } = error as CoordError
    if (code !== 'RECORD_HELD' && code !== 'TASK_WAITS') throw error
    return { lookAgainAt: nextLapse(claimer, [...readBoard(claimer.workspace.view.alive()).values()]) }
  }
}

/** When the first claim of these lapses, or is left to another run no more, so that its task is free again: milliseconds since 1970. */
function nextLapse(
  {
    workspace: {
      view: { now },
    },
    runId,
  }: Claimer,
  tasks: readonly BoardTask[],
): number | null {
  const ends = tasks.flatMap(({ status, claim }) => {
    if (status === 'claimed') return claim?.lapsesAt ? [claim.lapsesAt] : []
    const handed = status === 'pending' ? handedToOther(claim, runId, now) : null
    return handed === null ? [] : [handed.until]
  })
  return ends.length === 0 ? null : Math.min(...ends)
}

function whyNone(tasks: readonly BoardTask[]): string {
  const counts = new Map<string, number>()
  for (const { status } of tasks) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ')
}
