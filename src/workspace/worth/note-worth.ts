import { CoordError } from '../../base/errors.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { Hold } from '../../kinds/kind.js'
import type { Session } from '../session.js'
import {
  dayFile,
  lineOf,
  MAX_DAY_BYTES,
  parseDay,
  type WorthEvent,
  withoutRepeated,
  worthFolder,
} from './worth-event.js'

/** For how long a day can be looked back at. */
const KEPT_DAYS = 31
/** What is needed to note something. */
type Noting = Pick<Session, 'workspace' | 'clock' | 'note'>

const DAY_MILLISECONDS = 24 * 3600 * 1000
/** Longer words are cut. */
const MAX_LETTERS = 300

/**
 * Notes what was of use, so that it can be counted. Of a run that asks again and again a line is written once. A day that is full
 * takes no more. Where nothing can be written, who asked is answered all the same, and told so.
 */
export function noteWorth(session: Noting, events: readonly Omit<WorthEvent, 'at'>[]): void {
  if (events.length === 0) return
  try {
    append(session, events)
  } catch (error) {
    if (!(error instanceof CoordError) || error.code !== 'FILE_FAILED') throw error
    session.note(`⚠️  not counted: ${error.message}`)
  }
}

/** Notes that a run was refused what others hold: one collision for each record that stood in its way. */
export function noteCollisions(session: Noting, runId: string, by: readonly Blocking[]): void {
  const events = by.map(({ kind, recordId, what }) => ({
    what: 'collision_prevented' as const,
    runId,
    of: what,
    record: `${kind}/${recordId}`,
  }))
  noteWorth(session, [...new Map(events.map((event) => [event.record, event])).values()])
}

/** What stands in the way of a run. */
type Blocking = Pick<Hold, 'kind' | 'recordId' | 'what'>

function append({ workspace, clock }: Noting, events: readonly Omit<WorthEvent, 'at'>[]): void {
  const folder = worthFolder(workspace.repo)
  const now = clock.now()
  const name = dayFile(now)
  const reading = folder.read(name, 2 * MAX_DAY_BYTES)
  if ('fault' in reading) sweep(folder, now)
  const known = 'text' in reading ? parseDay(reading.text) : []
  const at = formatTimestamp(now)
  const added = events.map((event): WorthEvent => ({ ...event, of: event.of.slice(0, MAX_LETTERS), at }))
  const seen = new Set(withoutRepeated([...known, ...added]))
  const text = added
    .filter((event) => seen.has(event))
    .map(lineOf)
    .join('')
  const size = folder.stat(name)?.size ?? 0
  if (text !== '' && size + Buffer.byteLength(text) <= MAX_DAY_BYTES) folder.append(name, text)
}

function sweep(folder: ReturnType<typeof worthFolder>, now: number): void {
  const first = dayFile(now - KEPT_DAYS * DAY_MILLISECONDS)
  for (const name of [...folder.names()]) if (name < first) folder.remove(name)
}
