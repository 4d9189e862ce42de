import { coordError, formatTimestamp, nearest, type Workspace } from '../../src/plugin.js'
import type { Heartbeat } from './beats.js'
import { type Beat, readBeats } from './beats.js'
import { type Conflict, findConflicts } from './conflicts.js'
import { type Holding, readHoldings } from './holding.js'
import { untilText } from './until-text.js'

/** How long an extension that has ended is still carried along, so that a clock that is set back finds it. */
const KEPT_MILLISECONDS = 24 * 3600 * 1000

export interface BeatRequest {
  readonly runId: string
  /** `null`: all active reservations of the run. */
  readonly reservationId: string | null
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
 * @throws `RECORD_HELD` for another run's reservation; `RECORD_REFUSED`, `FILE_FAILED`, `LINK_REFUSED`
 */
export async function beatRun(workspace: Workspace, request: BeatRequest): Promise<Beaten> {
  for (;;) {
    const holdings = readHoldings(workspace)
    const judged = judge(holdings, request)
    if ('refused' in judged) return judged.refused
    const now = workspace.clock.now()
    const until = now + request.extensionSeconds * 1000
    const carried = carriedExtensions(readBeats(workspace.view).get(request.runId), holdings, now)
    for (const { reservationId } of judged.extended) carried.set(reservationId, until)
    const heartbeat: Heartbeat = {
      run_id: request.runId,
      last_beat_at: formatTimestamp(now),
      expires_at: formatTimestamp(Math.max(until, ...carried.values())),
      reservations: Object.fromEntries(Array.from(carried, ([id, end]) => [id, formatTimestamp(end)])),
    }
    const payload = { schema_version: '1', ...heartbeat }
    const seen = workspace.view.named('heartbeat', request.runId)
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

type Judgement = { readonly extended: readonly Holding[] } | { readonly refused: Beaten }

function judge(holdings: readonly Holding[], request: BeatRequest): Judgement {
  const { reservationId, runId } = request
  if (reservationId === null) {
    return { extended: holdings.filter((holding) => holding.runId === runId && holding.state === 'active') }
  }
  const holding = holdings.find((one) => one.reservationId === reservationId)
  if (holding === undefined) {
    const ids = holdings.filter((one) => one.runId === runId).map((one) => one.reservationId)
    const near = nearest(reservationId, ids) || null
    return { refused: { ...nothingDone(request), status: 'not_found', nearest: near } }
  }
  if (holding.runId !== runId) {
    throw coordError('RECORD_HELD', `The reservation ${reservationId}`, holding.runId, untilText(holding.until))
  }
  if (holding.state === 'released') return { refused: { ...nothingDone(request), status: 'already_released' } }
  if (holding.state === 'lapsed') {
    const end = holding.until ?? 0
    const since = holdings.filter(({ createdAt }) => createdAt !== null && createdAt >= end)
    const conflicts = findConflicts(since, holding.addresses, runId)
    if (conflicts.length > 0) return { refused: { ...nothingDone(request), status: 'lost', conflicts } }
  }
  return { extended: [holding] }
}

/** What the record must go on saying: the extensions of reservations that may still count. */
function carriedExtensions(beat: Beat | undefined, holdings: readonly Holding[], now: number): Map<string, number> {
  const released = new Set(holdings.filter(({ state }) => state === 'released').map((one) => one.reservationId))
  const carried = new Map<string, number>()
  for (const [reservationId, { until }] of beat?.extensions ?? []) {
    if (released.has(reservationId) || until < now - KEPT_MILLISECONDS) continue
    carried.set(reservationId, until)
  }
  return carried
}

function nothingDone({ reservationId, runId }: BeatRequest): Omit<Beaten, 'status'> {
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
