import { some } from '../../base/some.js'
import type { Session } from '../session.js'
import {
  dayFile,
  dayOf,
  MAX_DAY_BYTES,
  parseDay,
  type WorthEvent,
  type WorthKind,
  withoutRepeated,
  worthFolder,
} from './worth-event.js'

export interface WorthCount {
  /** Asks for what another run had alone, which were refused. Of one run and one hold each counts once. */
  readonly collisionsPrevented: number
  /** Waits after which a run got what it waited for. */
  readonly waitsEnded: number
  /** Records of runs that are gone by which something was held that is free again, or another's. */
  readonly workFreed: number
}

export interface WorthDay extends WorthCount {
  /** `2026-03-18`, by UTC. */
  readonly day: string
  /** There was more than is counted. */
  readonly isFull: boolean
  /** The busiest first; a run id `''` stands for who gave none. */
  readonly runs: readonly (WorthCount & { readonly runId: string })[]
}

/** What coordination was worth on this machine, counted from what it has refused, ended and freed. */
export interface Worth extends WorthCount {
  /** Those of the last seven days on which there was something, the newest first. */
  readonly days: readonly WorthDay[]
}

export interface WorthOptions {
  /** Milliseconds since 1970: what came later does not count; now when left out. */
  readonly until?: number
  /** Only what is of this run. */
  readonly runId?: string | null
}

const DAYS = 7
const DAY_MILLISECONDS = 24 * 3600 * 1000
/** What is written at once is no longer. */
const SPARE_BYTES = 4096

/** Counts what was of use in the seven days until a moment. */
export function readWorth({ workspace, clock }: Session, options: WorthOptions = {}): Worth {
  const { until = clock.now(), runId = null } = options
  const folder = worthFolder(workspace.repo)
  const full = new Set<string>()
  const events: WorthEvent[] = []
  for (let back = DAYS - 1; back >= 0; back--) {
    const time = until - back * DAY_MILLISECONDS
    const reading = folder.read(dayFile(time), 2 * MAX_DAY_BYTES)
    if (!('text' in reading)) continue
    events.push(...parseDay(reading.text))
    if (reading.text.length > MAX_DAY_BYTES - SPARE_BYTES) full.add(dayOf(time))
  }
  const counted = withoutRepeated(events.filter(({ at }) => Date.parse(at) <= until))
  const own = runId === null ? counted : counted.filter((event) => event.runId === runId)
  const days = groups(own, ({ at }) => dayOf(Date.parse(at))).map(([day, ofDay]): WorthDay => {
    const runs = groups(ofDay, (event) => event.runId).map(([id, ofRun]) => ({ runId: id, ...countOf(ofRun) }))
    return { day, ...countOf(ofDay), isFull: full.has(day), runs: runs.toSorted((one, other) => sum(other) - sum(one)) }
  })
  return { ...countOf(own), days: days.reverse() }
}

/** `3 collisions prevented, 1 wait ended, 2 things of dead runs freed`; `null`: nothing was. */
export function worthText(count: WorthCount): string | null {
  const { collisionsPrevented, waitsEnded, workFreed } = count
  if (sum(count) === 0) return null
  return [
    `${some(collisionsPrevented, 'collision')} prevented`,
    `${some(waitsEnded, 'wait')} ended`,
    `${some(workFreed, 'thing')} of dead runs freed`,
  ].join(', ')
}

function sum({ collisionsPrevented, waitsEnded, workFreed }: WorthCount): number {
  return collisionsPrevented + waitsEnded + workFreed
}

function countOf(events: readonly WorthEvent[]): WorthCount {
  const of = (what: WorthKind) => events.filter((event) => event.what === what).length
  return {
    collisionsPrevented: of('collision_prevented'),
    waitsEnded: of('wait_ended'),
    workFreed: of('work_freed'),
  }
}

function groups(events: readonly WorthEvent[], keyOf: (event: WorthEvent) => string): [string, WorthEvent[]][] {
  const found = new Map<string, WorthEvent[]>()
  for (const event of events) {
    const key = keyOf(event)
    const group = found.get(key)
    if (group === undefined) found.set(key, [event])
    else group.push(event)
  }
  return [...found]
}
