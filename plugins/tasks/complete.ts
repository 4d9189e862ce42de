import type { Session } from '../../src/plugin.js'
import { findTask } from './board.js'
import { type EnderRequest, openEnder } from './claimer.js'
import { type EndedTask, endTask } from './end-task.js'

export interface EndRequest extends EnderRequest {
  /** Id, or beginning of an id. */
  readonly task: string
  /** What the work came to; any JSON. */
  readonly result?: unknown
}

/** Records that a task is done, for good. Throws as `endTask` does. */
export async function complete(session: Session, request: EndRequest): Promise<EndedTask> {
  const { task, result } = request
  return endTask(await openEnder(session, request), task, { status: 'completed', result })
}

export interface FailRequest extends EndRequest {
  /** What went wrong. */
  readonly error?: string | undefined
  /** Gives the task back instead, so that it can be claimed again at once. */
  readonly retry?: boolean
}

export interface FailedTask extends EndedTask {
  /** It was given back from the last try that it may have, and has failed by that. */
  readonly givenUp: boolean
}

/** Records that a task has failed, for good, or gives it back. Throws as `endTask` does. */
export async function fail(session: Session, request: FailRequest): Promise<FailedTask> {
  const { task, result, error, retry = false } = request
  const status = retry ? 'returned' : 'failed'
  const ender = await openEnder(session, request)
  const ended = await endTask(ender, task, { status, result, error })
  return { ...ended, givenUp: retry && findTask(ender.workspace, ended.taskId).state === 'failed' }
}
