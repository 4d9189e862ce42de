import type { Session } from '../../src/plugin.js'
import { isOwnReservation } from '../reserving/is-own-reservation.js'
import { release } from '../reserving/release.js'
import { readReservations } from '../reserving/reservations.js'
import { findTask } from './board.js'
import { type EnderRequest, openEnder } from './claimer.js'
import { readClaim } from './claims.js'
import { type EndedTask, endTask } from './end-task.js'

/** For how long a task is left to the run that it was handed to. */
const HANDED_SECONDS = 600

export interface HandoverRequest extends EnderRequest {
  /** Id, or beginning of an id. */
  readonly task: string
  /** The run that is to go on with it; the next one that claims when left out. */
  readonly to?: string | undefined
  /** What that one is to know. */
  readonly note?: string | undefined
  /** For how long it is left to the named run; {@link HANDED_SECONDS} when left out. */
  readonly seconds?: number | undefined
  /** Gives back all that the run has reserved, and tells the next one which addresses that were. */
  readonly release?: boolean
  /** What the work came to up to now; any JSON. */
  readonly result?: unknown
}

/** A task that was handed over, as the verb prints it. */
export interface HandedTask extends EndedTask {
  readonly handedTo: string | null
  /** ISO 8601; `null`: anybody may have it at once. */
  readonly handedUntil: string | null
  readonly note: string | null
  /** Addresses that were given back with it: the next run is told them, and has to reserve them itself. */
  readonly reserved: readonly string[]
}

/**
 * Ends the claim that a run has on a task, so that another one goes on with it: in one act it is free, and left to that one for
 * a while by everybody who has heard of it. Throws as `endTask` does.
 */
export async function handover(session: Session, request: HandoverRequest): Promise<HandedTask> {
  const { runId, task, to = null, note, seconds = HANDED_SECONDS, result } = request
  const claimer = await openEnder(session, request)
  const given = request.release === true ? ownReservations(session, runId) : []
  const hand = {
    ...(given.length > 0 && { reserved: [...new Set(given.flatMap(({ addresses }) => addresses))] }),
    handed_to: to,
    ...(to !== null && { handed_until: session.workspace.timestamp(seconds) }),
    ...(note !== undefined && { note }),
  }
  const ended = await endTask(claimer, task, { status: 'returned', result, hand })
  // After the task is another's to take: who is cut off between the two says it again.
  if (given.length > 0) {
    const reason = `handed over with the task ${ended.taskId}`
    await release(session, { runId, reservations: given.map(({ reservationId }) => reservationId), reason })
  }
  // What it had said before stands, also where it would say something else now.
  const stands = ended.unchanged ? (findTask(session.workspace, ended.taskId).claim?.payload ?? {}) : hand
  const { handedTo, handedUntil, note: noted, reserved } = readClaim(stands)
  return { ...ended, handedTo, handedUntil, note: noted, reserved }
}

function ownReservations({ workspace }: Session, runId: string) {
  const standing = readReservations(workspace.view.alive())
  const isOwn = isOwnReservation(workspace, runId)
  return standing.filter((one) => one.state === 'active' && isOwn(one))
}
