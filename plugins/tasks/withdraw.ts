import { problemOf, type Session } from '../../src/plugin.js'
import { enterAs } from '../reserving/enter-as.js'
import { findTask, type TaskRecord } from './board.js'
import { claimTask } from './claim-task.js'
import { type Claimer, openClaimer } from './claimer.js'
import { type Claim, isFinal, readClaim } from './claims.js'
import { type EndedTask, endTask } from './end-task.js'
import { type EnqueuedTask, enqueue, type NewTask } from './enqueue.js'
import { taskErrors } from './task-errors.js'

/** Long enough to write what stands in its place. */
const HELD_SECONDS = 60

export interface WithdrawRequest {
  readonly runId: string
  /** Id, or beginning of an id. */
  readonly task: string
  readonly reason?: string | undefined
  /** The run worked in another place before, and goes on here. */
  readonly resume?: boolean
  /** Does not ask the hub. */
  readonly isOffline?: boolean
}

/**
 * Takes a task back that this user has enqueued, or as the owner of the space any: it ends for good and is claimed by nobody.
 * A task that another run is at stays.
 *
 * @throws `RECORD_NOT_YOURS`, `RECORD_HELD`, `TASK_FINISHED`
 */
export async function withdraw(session: Session, request: WithdrawRequest): Promise<EndedTask> {
  const claimer = await enter(session, request)
  const task = await hold(session, claimer, request.task)
  return endTask(claimer, task.taskId, { status: 'withdrawn', error: request.reason })
}

/**
 * Puts a new task in the place of one: what waited for that waits for the new one. Nobody claims the old one meanwhile. What was
 * done or has failed stays so, and is to be done once more.
 *
 * @param task what is left out is as it was
 * @throws as {@link withdraw} and `enqueue` do; `TASK_REPLACED` where another stands in its place already
 */
export async function replace(
  session: Session,
  request: WithdrawRequest,
  task: Partial<NewTask>,
): Promise<EnqueuedTask & { readonly replaces: string }> {
  const claimer = await enter(session, request)
  const old = findTask(session.workspace, request.task)
  const { end, stay } = isFinal(old.state)
    ? replaceFinished(session, claimer, old)
    : await replaceOpen(session, claimer, request)
  const { title, queue, priority, payload, tags, after } = old
  const wanted = { title, queue, priority, payload, tags, after, ...task }
  const written = await enqueue(session, wanted).catch(async (error: unknown) => {
    await stay().catch((other: unknown) => session.note(`⚠️  ${problemOf(other)}`))
    throw error
  })
  await end(written.taskId)
  return { ...written, replaces: old.taskId }
}

interface Replacing {
  /** Says which task stands in the place of the old one. */
  end(replacedBy: string): Promise<unknown>
  /** None does: the old one is as it was. */
  stay(): Promise<unknown>
}

/** Takes what nobody has done yet. */
async function replaceOpen(session: Session, claimer: Claimer, { task, reason }: WithdrawRequest): Promise<Replacing> {
  const { taskId, letGo } = await hold(session, claimer, task)
  return {
    end: (replacedBy) => endTask(claimer, taskId, { status: 'withdrawn', error: reason, replacedBy }),
    stay: letGo,
  }
}

/** Says in the end of a task which one stands in its place now. Of what is completed nothing has to be said: nobody waits for it. */
function replaceFinished(session: Session, { leases }: Claimer, { taskId, state, claim }: TaskRecord): Replacing {
  const stay = async () => {}
  if (state === 'completed' || claim === undefined) return { end: stay, stay }
  const { replacedBy: other, status } = readClaim(claim.payload)
  if (other !== null) throw taskErrors.replaced(taskId, other)
  assertOwn(session, claim.author, taskId)
  const { runId } = claim
  const fields: Claim = { ...(!isFinal(status) && { status: 'failed', ended_at: session.workspace.timestamp() }) }
  const end = async (replacedBy: string) => {
    const last = {
      kind: 'claim',
      recordId: taskId,
      runId,
      fields: { ...fields, replaced_by: replacedBy },
      forGood: true,
    }
    for (;;) {
      const answer = await leases.tryEnd(last)
      if (answer.outcome === 'granted') return
      if (answer.outcome === 'refused') throw taskErrors.lost(taskId, runId, answer.holder)
      await leases.giveWay()
    }
  }
  return { end, stay }
}

async function enter(session: Session, { runId, isOffline, resume }: WithdrawRequest): Promise<Claimer> {
  await enterAs(session, { runId, isOffline, resume })
  const claimer = await openClaimer(session, runId, isOffline)
  await claimer.leases.refresh()
  return claimer
}

/** A task that nobody else takes while it goes. */
interface HeldTask {
  readonly taskId: string
  /** It does not go. */
  letGo(): Promise<unknown>
}

async function hold(session: Session, claimer: Claimer, typed: string): Promise<HeldTask> {
  const { author, taskId, state, claim } = findTask(session.workspace, typed)
  assertOwn(session, author, taskId)
  if (state === 'withdrawn') return { taskId, letGo: async () => {} }
  // What waits for others is nobody's to claim, and may go all the same.
  const mayWait = { mayWait: true }
  const { renewed } = await claimTask(claimer, taskId, HELD_SECONDS, mayWait)
  const { length } = readClaim(claim?.payload ?? {})
  const letGo = renewed
    ? () => claimTask(claimer, taskId, length === null ? HELD_SECONDS : length / 1000, mayWait)
    : // Who hands it over has not tried it: of what may be tried once it would be the only try.
      () => endTask(claimer, taskId, { status: 'returned', hand: { handed_to: null } })
  return { taskId, letGo }
}

/** @param author of what is changed */
function assertOwn({ workspace }: Session, author: string | null, taskId: string): void {
  const { handle, owner } = workspace.viewer
  if (author === null || author === handle || owner === null || owner === handle) return
  throw taskErrors.notYours(taskId, author, owner)
}
