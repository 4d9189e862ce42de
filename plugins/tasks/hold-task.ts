import {
  type CommandEnd,
  CoordError,
  coordError,
  type Held,
  type HeldEnd,
  type HoldWish,
  type Session,
} from '../../src/plugin.js'
import { findTask } from './board.js'
import { claim } from './claim.js'
import { type ClaimedTask, claimTask } from './claim-task.js'
import { type Claimer, openClaimer } from './claimer.js'
import { isFinal, readClaim } from './claims.js'
import { type Ending, endTask } from './end-task.js'

/** Claims a task and holds it, so that it ends as the command does. Throws as `claimTask` does. */
export async function holdTask(session: Session, wish: HoldWish): Promise<Held> {
  const { runId, what, ttlSeconds, retry, isOffline } = wish
  const [task, ...others] = what
  if (others.length > 0) throw coordError('ARGUMENTS', 'One task can be held at a time.')
  const claimed = await claim(session, { runId, task, ttlSeconds, isOffline })
  // What was claimed is given back also by who is interrupted.
  const claimer = await openClaimer(session.with({ signal: new AbortController().signal }), runId, isOffline)
  const renewing = new AbortController()
  const signal = AbortSignal.any([session.signal, renewing.signal])
  const renewer = await openClaimer(session.with({ signal }), runId, isOffline)
  const { taskId, token } = claimed
  return {
    name: `the task ${taskId}`,
    environment: {
      MUSE_COORD_TASK_ID: taskId,
      MUSE_COORD_RUN_ID: runId,
      ...(token === null ? {} : { MUSE_COORD_TOKEN: String(token) }),
    },
    renew: () => renew(renewer, claimed, ttlSeconds),
    abandon: () => renewing.abort(),
    end: (end) => endHold(claimer, claimed, endingFor(end, retry)),
  }
}

async function renew(claimer: Claimer, { taskId, token, runId }: ClaimedTask, ttlSeconds: number) {
  const { leases } = claimer
  // Whoever took it over has said so, also when it is free again by now.
  if (leases.note('claim', taskId, runId)?.state === 'lost') return 'lost'
  if (isEndedByRun(claimer, taskId)) return 'over'
  try {
    const renewed = await claimTask(claimer, taskId, ttlSeconds)
    if (renewed.token === token) return 'kept'
    // It had lapsed, so another may have had it in between: the token that the command has counts no more.
    await endTask(claimer, taskId, { status: 'returned' })
    return 'lost'
  } catch (error) {
    if (!(error instanceof CoordError)) throw error
    if (error.code === 'TASK_FINISHED') return isEndedByRun(claimer, taskId) ? 'over' : 'lost'
    if (error.status === 'lease_lost' || error.status === 'held') return 'lost'
    throw error
  }
}

/** The command may complete its task by itself, or give it back: then it must not be claimed anew. */
function isEndedByRun({ workspace, runId }: Claimer, taskId: string): boolean {
  const { claim, state } = findTask(workspace, taskId)
  if (claim?.runId !== runId) return false
  return isFinal(state) || readClaim(claim.payload).status === 'returned'
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

async function endHold(claimer: Claimer, claimed: ClaimedTask, ending: Ending | null): Promise<HeldEnd> {
  const { taskId, token } = claimed
  const told = (status: string, provisional: boolean): HeldEnd => ({
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
