import { coordError, formatTimestamp, nearest, originOf, type Session, untilText } from '../../src/plugin.js'
import { type Heartbeat, type RunBeats, readRunBeats } from './beats.js'
import { type Conflict, findConflicts } from './conflicts.js'
import { holdsOf, readReservations, type StandingReservation } from './reservations.js'

/** How long an extension that has ended is still carried along, so that a clock that is set back finds it. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

export interface HeartbeatRequest {
  readonly runId: string
  /** All active reservations of the run when left out. */
  readonly reservationId?: string | null
  readonly extensionSeconds: number
}

export interface Beaten {
  /** `lost`: it had lapsed, and another run has reserved the same since. */
  readonly status: 'ok' | 'already_released' | 'not_found' | 'lost'
  readonly reservationId: string | null
  readonly runId: string
  /** `null` unless `ok`, like the two below. */
  readonly lastBeatAt: string | null
  readonly extendedExpiresAt: string | null
  readonly ttlExtendedSeconds: number | null
  /** What this beat extended. */
  readonly reservations: readonly { readonly reservationId: string; readonly extendedExpiresAt: string }[]
  /** With `not_found`: the nearest id, or `null`. */
  readonly nearest: string | null
  /** With `lost`: who has it. */
  readonly conflicts: readonly Conflict[]
}

/**
 * Says that a run is alive, and extends one of its reservations or all of them. There is one record a run, which carries
 * all extensions; processes of one run that beat at once lose none of them.
 *
 * @throws `RECORD_HELD` for another run's reservation
 */
export async function heartbeat(session: Session, request: HeartbeatRequest): Promise<Beaten> {
  const { workspace } = session
  for (;;) {
    const { view } = workspace
    const before = readRunBeats(view.alive([request.runId])).get(request.runId)
    const extended = [...(before?.extensions.keys() ?? [])]
    const records = view.alive([request.runId, request.reservationId ?? '', ...extended])
    const reservations = readReservations(records)
    const judged = judge(reservations, request)
    if ('refused' in judged) return judged.refused
    const now = workspace.clock.now()
    const until = now + request.extensionSeconds * 1000
    const carried = carriedExtensions(before, reservations, now)
    for (const { reservationId } of judged.extended) carried.set(reservationId, until)
    const beat: Heartbeat = {
      run_id: request.runId,
      last_beat_at: formatTimestamp(now),
      expires_at: formatTimestamp(Math.max(until, ...carried.values())),
      reservations: Object.fromEntries(Array.from(carried, ([id, end]) => [id, formatTimestamp(end)])),
    }
    const payload = { schema_version: '1', ...beat, ...originOf(session) }
    const seen = records.named('heartbeat', request.runId)
    const isWritten =
      seen === undefined ? await workspace.create('heartbeat', payload) : await workspace.replace(seen, payload)
    if (!isWritten) continue // Another process of this run was faster: its extensions must be carried too.
    return {
      ...nothingDone(request),
      status: 'ok',
      lastBeatAt: formatTimestamp(now),
      extendedExpiresAt: formatTimestamp(until),
      ttlExtendedSeconds: request.extensionSeconds,
      reservations: judged.extended.map(({ reservationId }) => ({
        reservationId,
        extendedExpiresAt: formatTimestamp(until),
      })),
    }
  }
}

type Judgement = { readonly extended: readonly StandingReservation[] } | { readonly refused: Beaten }

function judge(reservations: readonly StandingReservation[], request: HeartbeatRequest): Judgement {
  const { reservationId = null, runId } = request
  if (reservationId === null) {
    return { extended: reservations.filter((one) => one.runId === runId && one.state === 'active') }
  }
  const found = reservations.find((one) => one.reservationId === reservationId)
  if (found === undefined) {
    const ids = reservations.filter((one) => one.runId === runId).map((one) => one.reservationId)
    const near = nearest(reservationId, ids) || null
    return { refused: { ...nothingDone(request), status: 'not_found', nearest: near } }
  }
  if (found.runId !== runId) {
    throw coordError('RECORD_HELD', `The reservation ${reservationId}`, found.runId, untilText(found.until))
  }
  if (found.state === 'released') return { refused: { ...nothingDone(request), status: 'already_released' } }
  if (found.state === 'lapsed') {
    const end = found.until ?? 0
    const since = reservations.filter((one) => one.state === 'active' && one.createdAt !== null && one.createdAt >= end)
    const conflicts = findConflicts(since.flatMap(holdsOf), found.addresses, runId)
    if (conflicts.length > 0) return { refused: { ...nothingDone(request), status: 'lost', conflicts } }
  }
  return { extended: [found] }
}

/** What the record must go on saying: the extensions of reservations that may still count. */
function carriedExtensions(
  beats: RunBeats | undefined,
  reservations: readonly StandingReservation[],
  now: number,
): Map<string, number> {
  const released = new Set(reservations.filter(({ state }) => state === 'released').map((one) => one.reservationId))
  const carried = new Map<string, number>()
  for (const [reservationId, { until }] of beats?.extensions ?? []) {
    if (released.has(reservationId) || until < now - KEPT_MILLISECONDS) continue
    carried.set(reservationId, until)
  }
  return carried
}

function nothingDone({ reservationId = null, runId }: HeartbeatRequest): Omit<Beaten, 'status'> {
  return {
    reservationId,
    runId,
    lastBeatAt: null,
    extendedExpiresAt: null,
    ttlExtendedSeconds: null,
    reservations: [],
    nearest: null,
    conflicts: [],
  }
}
