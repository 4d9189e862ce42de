import { isTimestamp } from '../../base/timestamp.js'
import type { Folder } from '../../files/folder.js'
import { isJsonObject, type JsonObject } from '../../record/record.js'
import { toWire } from '../../record/wire.js'
import type { Repo } from '../repo.js'

/**
 * `collision_prevented`: a run was refused what another has alone. `wait_ended`: a run got what it had to wait for.
 * `work_freed`: what a run held that is gone is free again, or another's.
 */
export const WORTHS = ['collision_prevented', 'wait_ended', 'work_freed'] as const
export type WorthKind = (typeof WORTHS)[number]

/** Something that was of use to somebody. */
export interface WorthEvent {
  /** ISO 8601. */
  readonly at: string
  readonly what: WorthKind
  /** The run that was refused, that has waited, or that is gone; `''`: it has no name. */
  readonly runId: string
  /** What it was about, in the words of {@link Hold.what}, or of who waits. */
  readonly of: string
  /** `kind/id` of the record that stood in the way, or was given back; `null`: of no single one. */
  readonly record: string | null
}

/** One ask that comes again within this time is the same. */
const SAME_MILLISECONDS = 60_000
export const MAX_DAY_BYTES = 128 * 1024

/** One file a day, a line an event, in `.muse/coordination/.sync/worth/`: it is this machine's, and never pushed. */
export function worthFolder(repo: Repo): Folder {
  return repo.sync.in('worth')
}

/** The file of a day: `2026-03-18.jsonl`, by UTC. */
export function dayFile(milliseconds: number): string {
  return `${dayOf(milliseconds)}.jsonl`
}

export function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}

export function lineOf(event: WorthEvent): string {
  return `${JSON.stringify(toWire(event))}\n`
}

/** What a file of a day tells; a line that is cut or damaged tells nothing. */
export function parseDay(text: string): readonly WorthEvent[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? [])
}

/**
 * The events without those that tell the same again: a run that asks again for what it was refused, while the same record
 * stands in its way, was kept from one collision, and so was one that asks again within a minute.
 *
 * @param events the oldest first
 */
export function withoutRepeated(events: readonly WorthEvent[]): readonly WorthEvent[] {
  const records = new Set<string>()
  const lastAsked = new Map<string, number>()
  return events.filter((event) => {
    if (event.what === 'wait_ended') return true
    const [byRecord, byName] = [keyOf(event, event.record), keyOf(event, event.of)]
    const at = Date.parse(event.at)
    const isKnown = event.record !== null && records.has(byRecord)
    const isAtOnce = at - (lastAsked.get(byName) ?? Number.NEGATIVE_INFINITY) < SAME_MILLISECONDS
    records.add(byRecord)
    lastAsked.set(byName, at)
    return !isKnown && !isAtOnce
  })
}

function keyOf({ what, runId }: WorthEvent, about: string | null): string {
  return [what, runId, about].join('\n')
}

function parseLine(line: string): WorthEvent | null {
  let document: unknown
  try {
    document = JSON.parse(line)
  } catch {
    return null
  }
  return isJsonObject(document) ? parseEvent(document) : null
}

function parseEvent({ at, what, run_id: runId, of, record }: JsonObject): WorthEvent | null {
  const kind = WORTHS.find((one) => one === what)
  if (kind === undefined || !isTimestamp(at) || typeof runId !== 'string' || typeof of !== 'string') return null
  return { at, what: kind, runId, of, record: typeof record === 'string' ? record : null }
}
