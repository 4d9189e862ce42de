import { endText } from '../../base/end-text.js'
import { oneLine } from '../../base/printable.js'
import type { KindRegistry } from '../../kinds/registry.js'
import type { Status, StatusHold } from '../../sync/status/status.js'
import { byRecord } from '../../workspace/by-record.js'
import { placeText } from '../../workspace/run-entry.js'
import { table } from '../table.js'

/**
 * @param now milliseconds since 1970
 * @param columns see `table`
 */
export function statusText(status: Status, registry: KindRegistry, now: number, columns: number): string {
  const { attention, runs, holds, counts, unsent } = status
  const parts: string[] = []
  const list = (header: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length > 0) parts.push(table([header, ...rows], columns))
  }
  if (attention.length > 0) {
    parts.push(attention.map(({ message, command }) => oneLine(`⚠️  ${message} — muse-coord ${command}`)).join('\n'))
  }
  const held = registry.all.filter((kind) => kind.holds).map(({ directory }) => directory)
  list(
    ['RUN', 'STATE', 'WHERE', 'LAST BEAT', 'LAST PROGRESS', ...held.map((directory) => directory.toUpperCase())],
    runs.map((run) => [
      run.runId,
      run.state,
      run.place === null ? '–' : placeText(run.place),
      agoText(run.lastBeatAt, now),
      agoText(run.lastProgressAt, now),
      ...held.map((directory) => String(run[directory])),
    ]),
  )
  list(['HELD', 'HELD BY', 'OPERATION', 'UNTIL', 'KIND', 'RECORD'], byRecord(holds).map(holdRow))
  list(['PASSED OVER, REFUSED OR IN CONFLICT', 'WHY'], bounded(problemRows(status)))
  parts.push(
    [
      holds.length === 0 ? 'Nothing is held.' : '',
      ...Object.entries(counts).map(([name, count]) => countText(registry.get(name)?.directory ?? name, count)),
      unsent === null ? 'This workspace syncs with no hub yet.' : `Unsent: ${unsent.total}.`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
  )
  return parts.join('\n\n')
}

const MOST_ROWS = 20

function problemRows({ problems, remarks }: Status): readonly (readonly string[])[] {
  return [
    ...problems.map(({ path, reason }) => [path, reason]),
    ...remarks.map(({ kind, recordId, by, what, space, reason }) => [
      `${kind}/${recordId}`,
      `${what} (${by}, ${space}): ${reason}`,
    ]),
  ]
}

function bounded(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const more = rows.length - MOST_ROWS
  return more <= 0 ? rows : [...rows.slice(0, MOST_ROWS), [`… ${more} more`, 'muse-coord status --json names all']]
}

function holdRow(holds: readonly [StatusHold, ...StatusHold[]]): readonly string[] {
  const { kind, recordId, title, runId, until, branch, operation } = holds[0]
  return [
    title ?? holds.map(({ what }) => what).join(' '),
    branch ? `${runId}@${branch}` : runId,
    operation ?? '',
    endText(until),
    kind,
    recordId,
  ]
}

/** `Tasks: 1 pending, 2 claimed.` */
function countText(directory: string, count: Readonly<Record<string, number>>): string {
  const some = Object.entries(count).flatMap(([state, number]) => (number > 0 ? [`${number} ${state}`] : []))
  return `${directory.charAt(0).toUpperCase()}${directory.slice(1)}: ${some.join(', ') || 'none'}.`
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
