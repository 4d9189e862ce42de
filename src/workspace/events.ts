import type { Kind } from '../kinds/kind.js'
import { type Copy, cameAt } from './entry.js'
import type { IndexMark } from './index/records-since.js'
import { describe } from './record-states.js'
import type { View } from './view.js'

/** That a record came, or for registers and leases that it changed last. */
export interface LoggedEvent {
  /** When: by the hub's clock for what it took, by the file system's for what is here only. Milliseconds since 1970. */
  readonly at: number
  readonly kind: string
  readonly recordId: string
  readonly runId: string
  readonly origin: 'local' | 'remote'
  /** The handle that signed the push, as far as the hub has it. */
  readonly author: string | null
  /** What it says, in a line. */
  readonly summary: string
}

/** What happened as far as files tell, the oldest first. A register or lease shows only how it stands now. */
export function readEvents(view: View, kinds: readonly Kind[], runIds: readonly string[]): readonly LoggedEvent[] {
  const events: LoggedEvent[] = []
  for (const kind of kinds) {
    for (const entry of view.entries(kind.name)) {
      if (runIds.length === 0 || runIds.includes(entry.runId)) events.push(eventOf(kind, entry))
    }
  }
  return events.sort((one, other) => one.at - other.at)
}

/** What happened since a mark of the index; `null`: only {@link readEvents} can tell. See `View.since`. */
export function readEventsSince(
  view: View,
  kinds: readonly Kind[],
  runIds: readonly string[],
  since: IndexMark | null,
): { readonly mark: IndexMark; readonly events: readonly LoggedEvent[] } | null {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  const found = view.since([...byName.keys()], since)
  if (found === null) return null
  const entries = found.entries.filter(({ runId }) => runIds.length === 0 || runIds.includes(runId))
  const events = entries.map((entry) => eventOf(byName.get(entry.kind) as Kind, entry))
  return { mark: found.mark, events: events.sort((one, other) => one.at - other.at) }
}

/** The newest of them, and how many there are in all. */
export function readLatestEvents(
  view: View,
  kinds: readonly Kind[],
  limit: number,
): { readonly count: number; readonly events: readonly LoggedEvent[] } {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  const { count, entries } = view.latest([...byName.keys()], limit)
  return { count, events: entries.map((entry) => eventOf(byName.get(entry.kind) as Kind, entry)) }
}

function eventOf(kind: Kind, entry: Copy): LoggedEvent {
  const { recordId, runId, origin, author } = entry
  return { at: cameAt(entry), kind: kind.name, recordId, runId, origin, author, summary: describe(kind, entry) }
}
