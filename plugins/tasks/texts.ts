import { oneLine, table } from '../../src/plugin.js'
import type { ClaimedTask } from './claim-task.js'
import type { FailedTask } from './complete.js'
import type { EndedTask } from './end-task.js'
import { untilText } from './task-errors.js'
import type { ListedTask } from './tasks.js'

/** The last ones say most. */
const SHOWN_ATTEMPTS = 3

export function claimedText({
  taskId,
  title,
  token,
  expiresAt,
  renewed,
  resumed,
  provisional,
  space,
  attempts,
}: ClaimedTask): string {
  const by = provisional ? 'provisional' : (space ?? 'this machine')
  const number = token === null ? '' : `, token ${token}`
  const lines = [
    oneLine(
      `✅ ${resumed ? 'Resumed' : renewed ? 'Renewed' : 'Claimed'} ${taskId} "${title}" — ${untilText(expiresAt)}${number} (${by})`,
    ),
  ]
  for (const { runId, status, takenBy, handedTo, note, reserved, error, endedAt } of attempts.slice(-SHOWN_ATTEMPTS)) {
    const how = {
      returned: 'gave it back',
      handed: `handed it ${handedTo === null ? 'over' : `to ${handedTo}`}`,
      taken: `lost it to ${takenBy}`,
      lapsed: 'let it lapse',
    }[status]
    const said = note ?? error
    const when = endedAt === null ? '' : `, ${untilText(endedAt).replace('until ', '')}`
    lines.push(oneLine(`   Before you ${runId} ${how}${when}${said === null ? '' : `: ${said}`}`))
    if (reserved.length > 0) lines.push(oneLine(`   It gave back ${reserved.join(' ')}: reserve what you go on with.`))
  }
  if (provisional) lines.push('   The hub was not asked: `muse-coord sync push` tells whether another run has it.')
  return lines.join('\n')
}

export function endedText({
  taskId,
  status,
  unchanged,
  provisional,
  givenUp = false,
}: EndedTask & Partial<FailedTask>): string {
  const word = { completed: 'Completed', failed: 'Recorded as failed', withdrawn: 'Withdrew', returned: 'Gave back' }[
    status
  ]
  const lines = [unchanged ? `✅ ${taskId} was ${status} before` : `✅ ${word} ${taskId}`]
  if (givenUp) lines.push('   It has failed by that: it may be tried no more often.')
  if (provisional) lines.push('   The hub was not asked: `muse-coord sync push` brings it there.')
  return lines.join('\n')
}

/** @param columns see `table` */
export function tasksText(tasks: readonly ListedTask[], columns: number): string {
  if (tasks.length === 0) return '(no tasks)'
  const rows = tasks.map(({ taskId, title, queue, priority, status, claim, waitsFor }) => [
    taskId,
    status,
    queue,
    String(priority),
    status === 'pending'
      ? ''
      : waitsFor.length > 0 && status !== 'claimed'
        ? `after ${waitsFor.join(' ')}`
        : (claim?.runId ?? ''),
    status === 'claimed' && claim ? untilText(claim.expiresAt).replace('until ', '') : '',
    title,
  ])
  return table([['TASK', 'STATUS', 'QUEUE', 'PRIORITY', 'BY', 'UNTIL', 'TITLE'], ...rows], columns)
}
