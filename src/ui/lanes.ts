import { formatTimestamp, timeOf } from '../base/timestamp.js'
import type { Kind } from '../kinds/kind.js'
import { RULES } from '../record/merge/rules.js'
import { cameAt, type Entry } from '../workspace/entry.js'
import type { Standing } from '../workspace/index/standing.js'
import { LeaseNotes } from '../workspace/leases/lease-notes.js'
import { describe, readStates } from '../workspace/record-states.js'
import type { Session } from '../workspace/session.js'

/** A record by which a run held something, or meant to. */
export interface Bar {
  readonly kind: string
  readonly recordId: string
  readonly from: string
  /** ISO 8601; `null`: it has no end yet. */
  readonly until: string | null
  readonly token: number | null
  readonly says: string
  /** In a word, as its kind says it; `lost`: another run has it. */
  readonly state: string
  /** It is an intent, by which nothing was held. */
  readonly isIntent: boolean
}

/** What one run held. */
export interface Lane {
  readonly runId: string
  /** The newest first. */
  readonly bars: readonly Bar[]
}

/** Milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** What each run held in a span of time, those that hold something at its end first. */
export function lanesOf(session: Session, span: Span): readonly Lane[] {
  const records = session.workspace.view.between(span.from, span.to)
  const lanes = new Map<string, Bar[]>()
  const add = (runId: string, bar: Bar) => {
    const lane = lanes.get(runId)
    if (lane === undefined) lanes.set(runId, [bar])
    else lane.push(bar)
  }
  for (const kind of session.registry.all) {
    if (kind.holds || kind.intends) addBars(kind, records, span, add)
    if (kind.merge === 'lease') addLost(kind, session, records, span, add)
  }
  const isOpen = ({ bars }: Lane) => bars.some(({ until }) => until === null || Date.parse(until) > span.to)
  return Array.from(lanes, ([runId, bars]) => ({
    runId,
    bars: bars.sort((one, other) => (one.from < other.from ? 1 : -1)),
  })).sort((one, other) => Number(isOpen(other)) - Number(isOpen(one)) || (one.runId < other.runId ? -1 : 1))
}

type Add = (runId: string, bar: Bar) => void

function addBars(kind: Kind, records: Standing, { from, to }: Span, add: Add): void {
  const stateOf = readStates(kind, records)
  for (const entry of records.entries(kind.name)) {
    const begin = beginOf(kind, entry)
    const { state, isOver } = stateOf(entry)
    // What is over for good never lapses: its last word has ended it.
    const end = records.endOfEntry(kind.name, entry) ?? (isOver ? cameAt(entry) : null)
    if (begin > to || (end !== null && end < from)) continue
    const { recordId, runId, token } = entry
    add(runId, {
      ...{ kind: kind.name, recordId, token, from: formatTimestamp(begin) },
      until: end === null || !Number.isFinite(end) ? null : formatTimestamp(end),
      says: describe(kind, entry),
      state,
      isIntent: kind.holds === undefined,
    })
  }
}

/** What runs of this store had until another run had it: the record says nothing of them any more. */
function addLost(kind: Kind, { workspace }: Session, records: Standing, { from, to }: Span, add: Add): void {
  for (const { recordId, runId, state, token, payload, holder } of new LeaseNotes(workspace.repo).all(kind.name)) {
    const begin = payload === null ? null : earliestTime(payload)
    if (state !== 'lost' || begin === null) continue
    const taken = records.named(kind.name, recordId)
    const end = Math.max(begin, taken === undefined ? to : beginOf(kind, taken))
    if (begin > to || end < from) continue
    const says = `${recordId}, which ${holder?.runId ?? 'another run'} has now`
    const bar = { kind: kind.name, recordId, token, says, state: 'lost', isIntent: false }
    add(runId, { ...bar, from: formatTimestamp(begin), until: formatTimestamp(end) })
  }
}

/** What is rewritten in place came with its last word; when it began its payload says. */
function beginOf({ merge }: Kind, entry: Entry): number {
  const came = cameAt(entry)
  return RULES[merge].isRewritten ? Math.min(came, earliestTime(entry.payload) ?? came) : came
}

/** Fields such as claimed_at; an expiry lies ahead. */
function earliestTime(payload: Entry['payload']): number | null {
  const times = Object.entries(payload).flatMap(([field, value]) => {
    const isTime = field.endsWith('_at') && !field.endsWith('expires_at')
    return isTime ? (timeOf(value) ?? []) : []
  })
  return times.length === 0 ? null : Math.min(...times)
}
