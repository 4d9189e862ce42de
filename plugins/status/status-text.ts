import { oneLine, table } from '../../src/plugin.js'
import { endText } from '../reserving/end-text.js'
import type { Attention } from './attention.js'
import type { Picture } from './read-status.js'

/**
 * @param now milliseconds since 1970
 * @param columns see `table`
 */
export function statusText(picture: Picture, attention: readonly Attention[], now: number, columns: number): string {
  const { runs, reservations, claims, tasks, unsent } = picture
  const parts: string[] = []
  const list = (header: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length > 0) parts.push(table([header, ...rows], columns))
  }
  if (attention.length > 0) {
    parts.push(attention.map(({ message, command }) => oneLine(`⚠️  ${message} — muse-coord ${command}`)).join('\n'))
  }
  list(
    ['RUN', 'STATE', 'LAST BEAT', 'LAST PROGRESS', 'RESERVATIONS', 'TASKS'],
    runs.map((run) => [
      run.runId,
      run.state,
      agoText(run.lastBeatAt, now),
      agoText(run.lastProgressAt, now),
      String(run.reservations),
      String(run.claims),
    ]),
  )
  list(
    ['ADDRESSES', 'HELD BY', 'OPERATION', 'UNTIL', 'RESERVATION'],
    reservations.map(({ addresses, runId, branch, operation, until, reservationId }) => [
      addresses.join(' '),
      branch === '' ? runId : `${runId}@${branch}`,
      operation ?? '',
      endText(until),
      reservationId,
    ]),
  )
  list(
    ['TASK', 'TITLE', 'CLAIMED BY', 'UNTIL'],
    claims.map(({ taskId, title, runId, until }) => [taskId, title, runId, endText(until)]),
  )
  const counts = Object.entries(tasks).flatMap(([status, count]) => (count > 0 ? [`${count} ${status}`] : []))
  parts.push(
    [
      reservations.length === 0 ? 'Nothing is reserved.' : '',
      `Tasks: ${counts.join(', ') || 'none'}.`,
      unsent === null ? 'This workspace syncs with no hub yet.' : `Unsent: ${unsent.total}.`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  )
  return parts.join('\n\n')
}

const STEPS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** `5m ago`; `–` for never. */
function agoText(timestamp: string | null, now: number): string {
  if (timestamp === null) return '–'
  const seconds = Math.round((now - Date.parse(timestamp)) / 1000)
  if (seconds < 0) return 'ahead of this clock'
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? ['s', 1]
  return `${Math.floor(seconds / size)}${unit} ago`
}
