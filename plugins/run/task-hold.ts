import { CoordError, type Session, type Workspace } from '../../src/plugin.js'
import { claimOnce } from '../tasks/claim-flow.js'
import type { Claim } from '../tasks/claim-state.js'
import { type ClaimedTask, claimTask } from '../tasks/claim-task.js'
import { type Claimer, openClaimer } from '../tasks/claimer.js'
import { type Ending, endTask } from '../tasks/end-task.js'
import type { CommandEnd, Hold, HoldEnd } from './hold.js'

export interface TaskHoldOptions {
  readonly runId: string
  readonly isOffline: boolean
  readonly task: string
  readonly ttlSeconds: number
  /** A command that fails gives the task back instead of failing it. */
  readonly retry: boolean
}

/** Claims a task and holds it. Throws as `claimTask` does. */
export async function holdTask(session: Session, options: TaskHoldOptions): Promise<Hold> {
  const { runId, task, ttlSeconds, retry, isOffline } = options
  const claimed = await claimOnce(await openClaimer(session, runId, isOffline), { task, queues: [], ttlSeconds })
  // What was claimed is given back also by who is interrupted.
  const claimer = await openClaimer(session.with({ signal: new AbortController().signal }), runId, isOffline)
  const beating = new AbortController()
  const beatSignal = AbortSignal.any([session.signal, beating.signal])
  const beatClaimer = await openClaimer(session.with({ signal: beatSignal }), runId, isOffline)
  const { taskId, token } = claimed
  return {
    name: `the task ${taskId}`,
    environment: {
      MUSE_COORD_TASK_ID: taskId,
      MUSE_COORD_RUN_ID: runId,
      ...(token === null ? {} : { MUSE_COORD_TOKEN: String(token) }),
    },
    renew: () => renew(beatClaimer, claimed, ttlSeconds),
    abandon: () => beating.abort(),
    end: (end) => endHold(claimer, claimed, endingFor(end, retry)),
  }
}

async function renew(claimer: Claimer, { taskId, token, runId }: ClaimedTask, ttlSeconds: number) {
  const { leases, workspace } = claimer
  // Whoever took it over has said so, also when it is free again by now.
  if (leases.note('claim', taskId, runId)?.state === 'lost') return 'lost'
  if (isEndedByRun(workspace, taskId, runId)) return 'over'
  try {
    const renewed = await claimTask(claimer, taskId, ttlSeconds)
    if (renewed.token === token) return 'kept'
    // It had lapsed, so another may have had it in between: the token that the command has counts no more.
    await endTask(claimer, taskId, { status: 'returned' })
    return 'lost'
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.code === 'TASK_FINISHED') return isEndedByRun(workspace, taskId, runId) ? 'over' : 'lost'
    if (error.status === 'lease_lost' || error.status === 'held') return 'lost'
    throw error
  }
}

/** The command may complete its task by itself, or give it back: then it must not be claimed anew. */
function isEndedByRun({ view }: Workspace, taskId: string, runId: string): boolean {
  const claim = view.named<Claim>('claim', taskId)
  return claim?.runId === runId && claim.payload.status !== 'claimed'
}

/** `null`: there is nothing left to say. */
function endingFor(end: CommandEnd, retry: boolean): Ending | null {
  switch (end.how) {
    case 'succeeded':
      return { status: 'completed' }
    case 'failed':
      return { status: retry ? 'returned' : 'failed', error: end.why }
    case 'interrupted':
    case 'not_started':
      return { status: 'returned' }
    case 'lost':
      return null
  }
}

async function endHold(claimer: Claimer, claimed: ClaimedTask, ending: Ending | null): Promise<HoldEnd> {
  const { taskId, token } = claimed
  const told = (status: string, provisional: boolean): HoldEnd => ({
    isLost: status === 'lost',
    report: { taskId, token, status, provisional },
    text: `the task ${taskId} is ${status}${provisional ? '; the hub was not reached, `muse-coord sync push` tells it' : ''}`,
  })
  if (ending === null) return told('lost', false)
  try {
    const { status, provisional } = await endTask(claimer, taskId, ending)
    return told(status, provisional)
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.status === 'lease_lost' || error.status === 'held') return told('lost', false)
    // The command has ended its task by itself, in its own way.
    if (error.code === 'TASK_ENDED' || error.code === 'TASK_NOT_CLAIMED') return told('ended by the command', false)
    if (error.status !== 'hub_error') throw error
  }
  // The work is done, and must not be forgotten because the hub is away.
  const { status, provisional } = await endTask({ ...claimer, leases: claimer.leases.offline() }, taskId, ending)
  return told(status, provisional)
}
