import { CoordError } from '../base/errors.js'
import { formatTimestamp } from '../base/timestamp.js'
import { type LoggedEvent, readEvents, readEventsSince, readLatestEvents } from './events.js'
import type { IndexMark } from './index/records-since.js'
import { LocalChanges } from './local-changes.js'
import type { Session } from './session.js'

/** Some file systems tell nobody of a change, so it is looked at now and then. */
const LOOK_MILLISECONDS = 2000

export interface LogFilter {
  /** Names of kinds; all of them when left out or empty. */
  readonly kinds?: readonly string[]
  /** Only of these runs; of all when left out or empty. */
  readonly runIds?: readonly string[]
}

export interface LogOptions extends LogFilter {
  /** The newest so many; 50 when left out. */
  readonly limit?: number | undefined
}

/** An event as it is shown: `at` is ISO 8601. */
export type ShownEvent = Omit<LoggedEvent, 'at'> & { readonly at: string }

export interface LogResult {
  /** How many match, shown or not. */
  readonly count: number
  /** The newest last. */
  readonly events: readonly ShownEvent[]
}

/** What happened in the session's workspace, in the order in which its records came. */
export function log(session: Session, { limit = 50, ...filter }: LogOptions = {}): LogResult {
  if ((filter.runIds ?? []).length === 0) {
    const kinds = session.registry.select(filter.kinds ?? [])
    const { count, events } = readLatestEvents(session.workspace.view, kinds, limit)
    return { count, events: events.map(shown) }
  }
  const events = eventsOf(session, filter)
  return { count: events.length, events: events.slice(-limit).map(shown) }
}

/**
 * Tells the newest events, then each that comes, until the session's signal aborts. All are read once, and what comes then by the
 * index, where there is one.
 */
export async function followLog(
  session: Session,
  { limit = 50, ...filter }: LogOptions,
  onEvent: (event: ShownEvent) => void,
): Promise<void> {
  const kinds = session.registry.select(filter.kinds ?? [])
  const since = (mark: IndexMark | null) => readEventsSince(session.workspace.view, kinds, filter.runIds ?? [], mark)
  // Before all are read: what comes meanwhile is found twice and told once.
  let mark = since(null)?.mark ?? null
  const first = eventsOf(session, filter)
  for (const event of first.slice(-limit)) onEvent(shown(event))
  const known = new Map(first.map((event) => [keyOf(event), stampOf(event)]))
  const changes = new LocalChanges(session.workspace.repo, session.registry.all)
  try {
    for (;;) {
      const come = mark && since(mark)
      if (come === null) mark = since(null)?.mark ?? null
      else mark = come.mark
      for (const event of come?.events ?? eventsOf(session, filter)) {
        if (known.get(keyOf(event)) === stampOf(event)) continue
        known.set(keyOf(event), stampOf(event))
        onEvent(shown(event))
      }
      await changes.next(LOOK_MILLISECONDS, session.signal)
    }
  } catch (error) {
    // To be interrupted is how it ends.
    if (!(error instanceof CoordError) || error.status !== 'interrupted') throw error
  } finally {
    changes.close()
  }
}

function eventsOf(session: Session, { kinds = [], runIds = [] }: LogFilter): readonly LoggedEvent[] {
  return readEvents(session.workspace.view, session.registry.select(kinds), runIds)
}

function shown(event: LoggedEvent): ShownEvent {
  return { ...event, at: formatTimestamp(event.at) }
}

function keyOf({ kind, recordId }: LoggedEvent): string {
  return `${kind}/${recordId}`
}

/** An own record that comes back from the hub is no event; another content is. */
function stampOf({ runId, summary, origin, at }: LoggedEvent): string {
  return `${runId}\n${summary}\n${origin === 'local' ? at : ''}`
}
