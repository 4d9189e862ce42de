import { type Beat, type Extension, formatTimestamp, type RecordSource, timeOf } from '../../src/plugin.js'
import { isObject, readText } from '../fields.js'

/** That a run is alive, and how far it extends what it holds. One a run: a newer one replaces it. */
export interface Heartbeat {
  run_id?: string
  last_beat_at?: string
  expires_at?: string | null
  /** When the run said goodbye. */
  left_at?: string | null
  /** By record id: from which confirmed end, and until when. */
  holds?: Record<string, { from?: string; until?: string }>
  /** Extended until, by reservation id: the same for readers that know no `holds`. */
  reservations?: Record<string, string>
  /** Other writers keep one file a reservation, with these two fields. */
  reservation_id?: string
  extended_expires_at?: string | null
}

/** A word on one record, and who said it. */
export interface Renewal extends Extension {
  /** The handle that signed it; `null`: not known. */
  readonly author: string | null
  /** Whether the hub told when it came. */
  readonly isReceived: boolean
}

/** What the heartbeats of one run say. */
export interface RunBeats {
  /** Until when the run counts as alive by them: milliseconds since 1970; `null`: they do not tell. */
  readonly aliveUntil: number | null
  /** The last one by the clock of its writer; `null`: they do not tell. */
  readonly last: LastBeat | null
  /** By record id, what extends it, in the order in which it counts: what the hub has taken first. */
  readonly renewals: ReadonlyMap<string, readonly Renewal[]>
}

interface LastBeat {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The records that it extends. */
  readonly recordIds: ReadonlySet<string>
}

/**
 * The heartbeats by run: those of one file a run, which carry all extensions, and those of other programs, which keep a
 * file a reservation. All copies of one run are read together.
 */
export function readRunBeats(records: RecordSource): ReadonlyMap<string, RunBeats> {
  return new Map(
    records.entries('heartbeat').map((entry) => {
      const beats = [entry, ...entry.shadowed].map(({ payload, receivedAt, author }) => {
        return { ...readBeat(payload), receivedAt: timeOf(receivedAt), author }
      })
      return [entry.recordId, { aliveUntil: aliveUntil(beats), last: lastOf(beats), renewals: readRenewals(beats) }]
    }),
  )
}

/**
 * The heartbeats of one run, of whichever form, as one of a file a run: the latest word on each record, and alive as long as
 * any of them says.
 */
export function combineHeartbeats(heartbeats: readonly Heartbeat[]): Heartbeat {
  const { reservation_id: _, extended_expires_at: __, ...combined }: Heartbeat = Object.assign({}, ...heartbeats)
  const beats = heartbeats.map(readBeat)
  const at = Math.max(...beats.map((beat) => beat.at ?? Number.NEGATIVE_INFINITY))
  const until = aliveUntil(beats)
  const latest = new Map<string, Word & { readonly at: number }>()
  for (const { at: saidAt, words } of beats) {
    for (const word of words) {
      const one = { ...word, at: saidAt ?? Number.NEGATIVE_INFINITY }
      const known = latest.get(word.recordId)
      if (known === undefined || isLater(one, known)) latest.set(word.recordId, one)
    }
  }
  const words = [...latest.values()]
  return {
    ...combined,
    ...(Number.isFinite(at) && { last_beat_at: formatTimestamp(at) }),
    expires_at: until === null ? null : formatTimestamp(until),
    ...(words.some(({ from }) => from !== null) && { holds: holdsField(words) }),
    reservations: reservationsField(words),
  }
}

/** What a heartbeat says of one record. Milliseconds since 1970. */
export interface Word extends Omit<Extension, 'at'> {
  readonly recordId: string
}

/** The field of a heartbeat that our readers go by. */
export function holdsField(words: readonly Word[]): Record<string, { from: string; until: string }> {
  return Object.fromEntries(
    words.flatMap(({ recordId, from, until }) =>
      from === null ? [] : [[recordId, { from: formatTimestamp(from), until: formatTimestamp(until) }]],
    ),
  )
}

/** The field of a heartbeat that all readers know. */
export function reservationsField(words: readonly Word[]): Record<string, string> {
  return Object.fromEntries(words.map(({ recordId, until }) => [recordId, formatTimestamp(until)]))
}

/** One heartbeat, and until when it extends what. */
export function readBeat(heartbeat: Heartbeat): Beat & { readonly words: readonly Word[] } {
  const { run_id, last_beat_at, expires_at, left_at, holds, reservations, reservation_id, extended_expires_at } =
    heartbeat
  const words = new Map<string, Word>()
  const say = (recordId: string, end: unknown, from: unknown) => {
    const until = timeOf(end)
    if (until !== null) words.set(recordId, { recordId, from: timeOf(from), until })
  }
  if (isObject(reservations)) for (const [id, end] of Object.entries(reservations)) say(id, end, null)
  if (typeof reservation_id === 'string') say(reservation_id, extended_expires_at, null)
  // The same record once more, with the end that it goes on from.
  if (isObject(holds))
    for (const [id, hold] of Object.entries(holds)) if (isObject(hold)) say(id, hold.until, hold.from)
  return {
    runId: readText(run_id) ?? '',
    at: timeOf(last_beat_at),
    // A file of other programs says no more than how far it extends its reservation.
    until: timeOf(expires_at) ?? timeOf(extended_expires_at),
    leftAt: timeOf(left_at),
    words: [...words.values()],
  }
}

function lastOf(beats: readonly ReturnType<typeof readBeat>[]): LastBeat | null {
  let last: LastBeat | null = null
  for (const { at, words } of beats) {
    if (at === null || (last !== null && at <= last.at)) continue
    last = { at, recordIds: new Set(words.map(({ recordId }) => recordId)) }
  }
  return last
}

/** `null`: one of them names no end. */
function aliveUntil(beats: readonly Beat[]): number | null {
  const ends = beats.map(({ until }) => until)
  return ends.includes(null) ? null : Math.max(...(ends as number[]))
}

interface SaidBeat extends ReturnType<typeof readBeat> {
  /** Milliseconds since 1970 by the hub's clock; `null`: no hub has told. */
  readonly receivedAt: number | null
  readonly author: string | null
}

/**
 * Of words that name no end to go on from the latest counts. Of the rest each does: what the hub has taken by the time of
 * the hub, and what is here only by what its writer says.
 */
function readRenewals(beats: readonly SaidBeat[]): ReadonlyMap<string, readonly Renewal[]> {
  const renewals = new Map<string, Renewal[]>()
  for (const { at, receivedAt, author, words } of beats) {
    for (const { recordId, from, until } of words) {
      const said = at ?? Number.NEGATIVE_INFINITY
      const isReceived = receivedAt !== null
      const renewal = { from, until, author, isReceived, at: from === null ? said : (receivedAt ?? said) }
      const others = renewals.get(recordId) ?? []
      renewals.set(recordId, withRenewal(others, renewal))
    }
  }
  return renewals
}

function withRenewal(others: readonly Renewal[], renewal: Renewal): Renewal[] {
  if (renewal.from === null) {
    const known = others.find(({ from }) => from === null)
    if (known === undefined) return [...others, renewal]
    return isLater(renewal, known) ? [...others.filter((one) => one !== known), renewal] : [...others]
  }
  // The same word here and from the hub: the hub knows when it came.
  const same = others.find(({ from, until }) => from === renewal.from && until === renewal.until)
  if (same?.isReceived) return [...others]
  const rest = others.filter((one) => one !== same)
  return renewal.isReceived ? [renewal, ...rest] : [...rest, renewal]
}

function isLater(one: Omit<Extension, 'from'>, other: Omit<Extension, 'from'>): boolean {
  return one.at > other.at || (one.at === other.at && one.until > other.until)
}
