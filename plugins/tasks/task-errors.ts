import {
  CoordError,
  coordError,
  formatTimestamp,
  idArgument,
  idFlag,
  untilText as untilTime,
} from '../../src/plugin.js'
import type { BoardTask, TaskRecord } from './board.js'
import { type Handed, isFinal } from './claims.js'

/** Every error that only tasks have. Each: what is wrong, with its value, and a cure. */
export const taskErrors = {
  nothingToClaim(why: string): CoordError {
    return new CoordError({
      code: 'NOTHING_TO_CLAIM',
      status: 'not_found',
      message: `There is no task to claim${why && `: ${why}`}.`,
      hint: 'Wait for one with --wait, look at `muse-coord tasks`, or fetch what others enqueued with `muse-coord sync pull`.',
    })
  },

  finished({ taskId, state, claim }: TaskRecord): CoordError {
    return new CoordError({
      code: 'TASK_FINISHED',
      status: 'not_found',
      message: `The task ${taskId} is ${endWord(state)}, by ${claim?.runId ?? 'an unknown run'}; a finished task is never claimed again.`,
      hint: `Claim another. If it has to be done once more, put another in its place: \`muse-coord enqueue TITLE ${idFlag('--replaces', taskId)}\`.`,
    })
  },

  waits({ taskId, waitsFor, status }: BoardTask): CoordError {
    const isBlocked = status === 'blocked'
    return new CoordError({
      code: 'TASK_WAITS',
      status: 'not_found',
      message: `The task ${taskId} waits for ${waitsFor.join(', ')}${isBlocked ? ', and that will not be completed: a task has failed' : ''}.`,
      hint: isBlocked
        ? 'Put another in the place of what has failed: `muse-coord enqueue TITLE --replaces TASK`.'
        : `Claim another meanwhile, \`muse-coord claim\`, or wait for it: \`muse-coord claim --wait ${idArgument(taskId)}\`.`,
    })
  },

  notYours(taskId: string, author: string, owner: string): CoordError {
    return coordError('RECORD_NOT_YOURS', `The task ${taskId}`, author, owner)
  },

  neverHeld(taskId: string, runId: string): CoordError {
    return new CoordError({
      code: 'TASK_NOT_CLAIMED',
      status: 'bad_args',
      message: `The run ${runId} never claimed the task ${taskId}.`,
      hint: `Claim it first: \`muse-coord claim ${idFlag('--run-id', runId)} ${idArgument(taskId)}\`.`,
    })
  },

  replaced(taskId: string, by: string): CoordError {
    return new CoordError({
      code: 'TASK_REPLACED',
      status: 'conflict',
      message: `The task ${taskId} has been replaced by ${by} already.`,
      hint: `Replace that one: \`muse-coord enqueue TITLE ${idFlag('--replaces', by)}\`.`,
    })
  },

  otherEnding({ taskId, state }: TaskRecord, wanted: string): CoordError {
    return new CoordError({
      code: 'TASK_ENDED',
      status: 'conflict',
      message: `The task ${taskId} is ${endWord(state)} already, so it cannot become ${wanted}.`,
      hint: `What is finished stays as it is. If there is more to do: \`muse-coord enqueue TITLE ${idFlag('--replaces', taskId)}\`.`,
    })
  },

  cycle(way: readonly string[]): CoordError {
    return new CoordError({
      code: 'TASK_CYCLE',
      status: 'bad_args',
      message: `These tasks would wait for each other: ${way.join(' → ')}.`,
      hint: 'Leave one of them out of --after.',
    })
  },

  exists(taskId: string): CoordError {
    return new CoordError({
      code: 'TASK_EXISTS',
      status: 'conflict',
      message: `There is a task ${taskId} already.`,
      hint: 'Choose another --id, or leave it out: then one is made.',
    })
  },

  held(taskId: string, runId: string, expiresAt: string | null): CoordError {
    const id = idArgument(taskId)
    const take = `muse-coord claim --take ${id}`
    const hint = `Claim another, or wait until it is done: \`muse-coord wait ${id}\`. From a run that is late or gone take it: \`${take}\`.`
    return coordError('RECORD_HELD', `The task ${taskId}`, runId, untilText(expiresAt), hint)
  },

  handed(taskId: string, { runId, until }: Handed): CoordError {
    const id = idArgument(taskId)
    return new CoordError({
      code: 'RECORD_HELD',
      status: 'held',
      message: `The task ${taskId} was handed to the run ${runId}, and is left to it ${untilText(formatTimestamp(until))}.`,
      hint: `Claim another, or wait until it is free: \`muse-coord claim --wait ${id}\`.`,
    })
  },

  closed(taskId: string, runId: string, until: string): CoordError {
    return coordError('LEASE_CLOSED', `The task ${taskId}`, runId, untilText(until))
  },

  lost(taskId: string, runId: string, holder: { runId: string; expiresAt: string | null } | null): CoordError {
    const now = holder === null ? '' : `${holder.runId} holds it, ${untilText(holder.expiresAt)}`
    return coordError('LEASE_LOST', `the task ${taskId}`, runId, now)
  },
}

/** The hub may have an end that this workspace has not seen yet. */
function endWord(state: TaskRecord['state']): string {
  return isFinal(state) ? state : 'finished'
}

/** `until 2026-03-18 12:00:00Z`, or `for good`. */
export function untilText(expiresAt: string | null): string {
  return expiresAt === null ? 'for good' : untilTime(expiresAt)
}
