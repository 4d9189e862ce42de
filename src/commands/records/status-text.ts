import { fromNow } from '../../base/from-now.js'
import { oneLine } from '../../base/printable.js'
import { timeOf } from '../../base/timestamp.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { isUrgent } from '../../sync/status/attention.js'
import type { Status, StatusHold } from '../../sync/status/status.js'
import { byRecord } from '../../workspace/by-record.js'
import { placeText } from '../../workspace/run-entry.js'
import { type Worth, worthText } from '../../workspace/worth/read-worth.js'
import { dayOf } from '../../workspace/worth/worth-event.js'
import { type Colour, type Paint, Painted, paintWith } from '../paint.js'
import { ID_LETTERS } from '../short-id.js'
import { type ColumnStyle, table } from '../table.js'

/** Where it is shown, and when. */
export interface StatusView {
  /** Milliseconds since 1970. */
  readonly now: number
  /** See `table`. */
  readonly columns: number
  readonly colours: boolean
}

/** The status for people: what needs attention, the runs, what is held; times as seen from now. */
export function statusText(status: Status, registry: KindRegistry, { now, columns, colours }: StatusView): Painted {
  const { attention, runs, holds, counts, worth, unsent } = status
  const paint = paintWith(colours)
  const parts: string[] = []
  const list = (
    header: readonly string[],
    rows: readonly (readonly string[])[],
    styles: readonly ColumnStyle[] = [],
  ) => {
    const cells = rows.map((row) => row.map(oneLine))
    if (cells.length > 0) parts.push(table([header, ...cells], columns, styles))
  }
  if (attention.length > 0) parts.push(attention.map((item) => attentionLine(item, paint)).join('\n'))
  const held = registry.all.filter((kind) => kind.holds)
  list(
    ['RUN', 'STATE', 'HOLDS', 'PROGRESS', 'BEAT', 'WHERE', 'AUTHOR'],
    runs.map((run) => [
      run.runId,
      run.state,
      held.flatMap(({ name, directory }) => holdsText(name, Number(run[directory]))).join(', '),
      fromNow(timeOf(run.lastProgressAt), now),
      fromNow(timeOf(run.lastBeatAt), now),
      run.place === null ? '' : placeText(run.place),
      run.author ?? '',
    ]),
    [
      { keepsEnds: true, least: 12 },
      { paint: (padded, state) => paint(padded, STATE_COLOURS[state]) },
      { goes: 2, least: 22 },
      { goes: 1, least: 8 },
      { goes: 5, least: 6 },
      { keepsEnds: true, least: 20, goes: 3 },
      { goes: 4 },
    ],
  )
  list(
    ['HELD', 'BY', 'ENDS', 'HOW', 'RECORD', 'KIND'],
    byRecord(holds).flatMap((record) => holdRows(record, now)),
    [
      { keepsEnds: true, least: 36 },
      { keepsEnds: true, least: 18 },
      { least: 8 },
      { goes: 2, least: 6 },
      { goes: 1, paint: (padded) => paint(padded, 'dim') },
      { goes: 3 },
    ],
  )
  list(['PASSED OVER, REFUSED OR IN CONFLICT', 'WHY'], bounded(problemRows(status)), [{ keepsEnds: true }])
  parts.push(
    [
      holds.length === 0 ? 'Nothing is held.' : '',
      ...Object.entries(counts).map(([name, count]) => countText(registry.get(name)?.directory ?? name, count)),
      unsent === null ? 'This workspace syncs with no hub yet.' : `Unsent: ${unsent.total}.`,
    ]
      .filter((sentence) => sentence !== '')
      .map((sentence) => paint(sentence))
      .join(' '),
  )
  const useful = worthSentence(worth, now)
  if (useful !== '') parts.push(useful)
  return new Painted(parts.join('\n\n'))
}

const STATE_COLOURS: Readonly<Record<string, Colour>> = {
  working: 'green',
  idle: 'dim',
  late: 'yellow',
  gone: 'red',
  left: 'dim',
}

function attentionLine(item: Status['attention'][number], paint: Paint): string {
  const message = paint(`⚠️  ${item.message}`, isUrgent(item) ? 'red' : 'yellow')
  return `${message} — ${paint(`muse-coord ${item.command}`, 'bold')}`
}

/** `2 reservations`; nothing for none. */
function holdsText(name: string, count: number): readonly string[] {
  return count > 0 ? [`${count} ${name}${count === 1 ? '' : 's'}`] : []
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

const MOST_PATHS = 12

/** A line for each thing that is held by a record, which is told once. */
function holdRows(holds: readonly [StatusHold, ...StatusHold[]], now: number): readonly (readonly string[])[] {
  const { kind, recordId, title, runId, author, until, branch, operation, exclusive } = holds[0]
  const whats = title ? [title] : holds.map(({ what }) => what)
  const shown =
    whats.length > MOST_PATHS ? [...whats.slice(0, MOST_PATHS), `… ${whats.length - MOST_PATHS} more`] : whats
  const by = [branch ? `${runId}@${branch}` : runId, author === null ? '' : `(${author})`].filter(Boolean).join(' ')
  const how = [exclusive ? 'alone' : '', operation ?? ''].filter(Boolean).join(', ')
  const ends = until === null ? 'released' : fromNow(timeOf(until), now)
  return shown.map((what, index) =>
    index === 0 ? [what, by, ends, how, recordId.slice(0, ID_LETTERS), kind] : [what, '', '', '', '', ''],
  )
}

/** `In 7 days 5 collisions prevented, 1 wait ended, 0 things of dead runs freed; today 2, 1 and 0.`; `''`: nothing was. */
function worthSentence(worth: Worth, now: number): string {
  const text = worthText(worth)
  if (text === null) return ''
  const {
    collisionsPrevented = 0,
    waitsEnded = 0,
    workFreed = 0,
  } = worth.days.find(({ day }) => day === dayOf(now)) ?? {}
  const least = worth.days.some(({ isFull }) => isFull) ? 'at least ' : ''
  return `In 7 days ${least}${text};\ntoday ${collisionsPrevented}, ${waitsEnded} and ${workFreed}.`
}

/** `Tasks: 1 pending, 2 claimed.` */
function countText(directory: string, count: Readonly<Record<string, number>>): string {
  const some = Object.entries(count).flatMap(([state, number]) => (number > 0 ? [`${number} ${state}`] : []))
  return `${directory.charAt(0).toUpperCase()}${directory.slice(1)}: ${some.join(', ') || 'none'}.`
}
