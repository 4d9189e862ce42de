import {
  formatTimestamp,
  type HoldNote,
  holdNotes,
  nearest,
  originOf,
  type Session,
  untilText,
} from '../../src/plugin.js'
import { type Beaten, type HeartbeatRequest, type NotRenewed, nothingDone } from './beaten.js'
import { type Heartbeat, holdsField, type RunBeats, readRunBeats, reservationsField, type Word } from './beats.js'
import { findConflicts } from './conflicts.js'
import { reservationHeld } from './reservation-held.js'
import { readReservations, type StandingReservation } from './reservations.js'

/** How long an extension that has ended is still carried along, so that a clock that is set back finds it. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

/** A reservation, and how far a beat extends it. Milliseconds since 1970. */
export interface ExtendedReservation {
  readonly reservation: StandingReservation
  readonly from: number
  readonly until: number
  /** What the store knows of it where it is exclusive. */
  readonly note: HoldNote | undefined
}

type Written =
  | {
      readonly extended: readonly ExtendedReservation[]
      readonly beatAt: number
      readonly passed: readonly NotRenewed[]
      /** What somebody else has ended since the run was last told. */
      readonly taken: readonly StandingReservation[]
    }
  | { readonly refused: Beaten }

/**
 * Writes the beat of a run, with how far it extends what, or says why it has nothing to say.
 *
 * @param ids the reservations that it extends; `null`: all of the run
 */
export async function writeBeat(
  session: Session,
  request: HeartbeatRequest,
  ids: readonly string[] | null,
): Promise<Written> {
  const { workspace } = session
  const { runId } = request
  for (;;) {
    const view = workspace.view.snapshot()
    const before = readRunBeats(view.alive([runId])).get(runId)
    const known = [...(before?.renewals.keys() ?? [])]
    // What has ended since the run was told last is among it: somebody may have taken it.
    const records = view.alive([runId, ...(ids ?? []), ...known], before?.last?.at ?? view.now - KEPT_MILLISECONDS)
    const reservations = readReservations(records)
    const judged = judge(session, reservations, request, ids)
    if ('refused' in judged) return judged
    const now = workspace.clock.now()
    const { extended, passed } = extensions(judged.chosen, holdNotes(session), request, now)
    const words = new Map(carried(before, reservations, now).map((word) => [word.recordId, word]))
    for (const { reservation, from, until } of extended) {
      words.set(reservation.reservationId, { recordId: reservation.reservationId, from, until })
    }
    const all = [...words.values()]
    const aliveUntil = Math.max(now + extensionOf(request), ...all.map(({ until }) => until))
    const beat: Heartbeat = {
      run_id: runId,
      last_beat_at: formatTimestamp(now),
      expires_at: formatTimestamp(aliveUntil),
      holds: holdsField(all),
      reservations: reservationsField(all),
    }
    const payload = { schema_version: '1', ...beat, ...originOf(session) }
    const seen = records.named('heartbeat', runId)
    const isWritten =
      seen === undefined ? await workspace.create('heartbeat', payload) : await workspace.replace(seen, payload)
    // Else another process of this run was faster: its extensions must be carried too.
    if (isWritten) {
      return { extended, beatAt: now, passed, taken: ids === null ? takenOf(reservations, before, runId) : [] }
    }
  }
}

const DEFAULT_EXTENSION_SECONDS = 3600

/** How long a run counts as alive that holds nothing: milliseconds. */
export function extensionOf({ extensionSeconds = DEFAULT_EXTENSION_SECONDS }: HeartbeatRequest): number {
  return extensionSeconds * 1000
}

type Judgement = { readonly chosen: readonly StandingReservation[] } | { readonly refused: Beaten }

function judge(
  session: Session,
  reservations: readonly StandingReservation[],
  request: HeartbeatRequest,
  ids: readonly string[] | null,
): Judgement {
  const { runId } = request
  if (ids === null) {
    return { chosen: reservations.filter((one) => one.runId === runId && one.state === 'active') }
  }
  const chosen: StandingReservation[] = []
  for (const id of ids) {
    const judged = judgeOne(session, reservations, request, id)
    if ('refused' in judged) return judged
    chosen.push(...judged.chosen)
  }
  return { chosen }
}

function judgeOne(
  session: Session,
  reservations: readonly StandingReservation[],
  request: HeartbeatRequest,
  id: string,
): Judgement {
  const { runId } = request
  const found = reservations.find((one) => one.reservationId === id)
  if (found === undefined) {
    const own = reservations.filter((one) => one.runId === runId)
    const names = own.flatMap(({ reservationId, addresses }) => [reservationId, ...addresses])
    return { refused: { ...nothingDone(request), status: 'not_found', nearest: nearest(id, names) || null } }
  }
  if (found.runId !== runId) {
    throw reservationHeld(id, found.runId, untilText(found.until))
  }
  if (found.state === 'active') return { chosen: [found] }
  const isLost = holdNotes(session).some((note) => note.recordId === id && note.state === 'lost')
  if (found.state === 'released' && !isLost && found.takenBy === null)
    return { refused: { ...nothingDone(request), status: 'already_released' } }
  // What has lapsed is not revived: another run may have had it since.
  const conflicts = findConflicts(session.workspace, found.addresses, runId)
  return { refused: { ...nothingDone(request), status: 'lost', conflicts } }
}

/** How far each is extended; what is exclusive only where its run was told that it has it. */
function extensions(
  chosen: readonly StandingReservation[],
  notes: readonly HoldNote[],
  { extensionSeconds, keepsPlace = false }: HeartbeatRequest,
  now: number,
): { readonly extended: readonly ExtendedReservation[]; readonly passed: readonly NotRenewed[] } {
  const extended: ExtendedReservation[] = []
  const passed: NotRenewed[] = []
  for (const reservation of chosen) {
    const note = notes.find(({ kind, recordId }) => kind === 'reservation' && recordId === reservation.reservationId)
    if (reservation.isTaken) {
      passed.push(notRenewed(reservation, 'taken'))
      continue
    }
    const isTold = note?.state === 'held' || note?.state === 'provisional' || (keepsPlace && note?.state === 'waiting')
    if (reservation.isExclusive && !isTold) passed.push(notRenewed(reservation, 'undecided'))
    // What only the hub has confirmed is gone on from: another end nobody was promised.
    const end = note?.decidedBy ? reservation.confirmedUntil : reservation.until
    if (end === null || (reservation.isExclusive && !isTold)) continue
    const length = extensionSeconds === undefined ? reservation.length : extensionSeconds * 1000
    extended.push({ reservation, from: end, until: Math.max(end, now + length), note })
  }
  return { extended, passed }
}

/**
 * What somebody else has ended of a run since its last beat. The beat before this one went on saying that it holds it, or is
 * older than that; this one does not, and so each is found once.
 */
function takenOf(
  reservations: readonly StandingReservation[],
  before: RunBeats | undefined,
  runId: string,
): readonly StandingReservation[] {
  const toldAt = before?.last?.at ?? Number.NEGATIVE_INFINITY
  return reservations.filter((one) => {
    const { reservationId, takenBy, createdAt } = one
    if (one.runId !== runId || one.state !== 'released' || takenBy === null) return false
    const isToldOf =
      before?.last?.recordIds.has(reservationId) !== true && (createdAt ?? 0) < toldAt && (takenBy.at ?? 0) <= toldAt
    return !isToldOf
  })
}

/** What the record must go on saying: the extensions of reservations that may still count. */
function carried(
  beats: RunBeats | undefined,
  reservations: readonly StandingReservation[],
  now: number,
): readonly Word[] {
  const released = new Set(reservations.filter(({ state }) => state === 'released').map((one) => one.reservationId))
  return [...(beats?.renewals ?? [])].flatMap(([recordId, renewals]) => {
    const last = renewals.at(-1)
    if (last === undefined || released.has(recordId) || last.until < now - KEPT_MILLISECONDS) return []
    return [{ recordId, from: last.from, until: last.until }]
  })
}

/** A reservation that a beat does not extend. */
export function notRenewed(reservation: StandingReservation, reason: NotRenewed['reason']): NotRenewed {
  const { reservationId: recordId, addresses, until } = reservation
  const what = addresses.join(' ')
  return {
    kind: 'reservation',
    recordId,
    what,
    until: until === null ? null : formatTimestamp(until),
    reason,
    holder: null,
  }
}
