import {
  assertHoldsRead,
  coordError,
  findRecordId,
  formatTimestamp,
  nearest,
  readHolds,
  type Session,
  untilText,
} from '../../src/plugin.js'
import { readAddresses } from '../addresses/read-addresses.js'
import { enterAs } from './enter-as.js'
import { assertMayForce } from './force.js'
import { isOwnReservation } from './is-own-reservation.js'
import { forgetHold } from './note-lapsed.js'
import type { Release } from './reservation-ends.js'
import { reservationHeld } from './reservation-held.js'
import { readReservations, type StandingReservation } from './reservations.js'

export interface ReleaseRequest {
  readonly runId: string
  /** Ids, their beginnings, or addresses as they are typed; `null`: all active reservations of the run. */
  readonly reservations: readonly string[] | null
  readonly reason?: string | null
  /** Takes it from another run of the same author that is gone or late; from any as the owner of the space. Needs a reason. */
  readonly force?: boolean
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean
}

export interface Released {
  readonly reservationId: string
  /** `null` when it had been released before. */
  readonly releaseId: string | null
  readonly status: 'ok' | 'already_released'
  readonly addresses: readonly string[]
  /** With `force`: the run that it is taken from. */
  readonly takenFrom: string | null
  /** With `force`: until when that run may believe that it has it; `null`: it may not. ISO 8601. */
  readonly believedUntil: string | null
  /** When it is free, if not at once: the run that is late has it until then. ISO 8601. */
  readonly freeAt: string | null
}

/**
 * Gives reservations back. To release twice is no error, so that a script can be run again.
 *
 * @throws `RECORD_HELD` for another run's, before anything is written; `FILE_FAILED` where all are meant and some could not be read
 */
export async function release(session: Session, request: ReleaseRequest): Promise<readonly Released[]> {
  const { workspace } = session
  const { runId, reason = null, force = false } = request
  if (force && !reason) throw coordError('FLAG_MISSING', '--reason')
  await enterAs(session, request)
  // One look, however many are named.
  const looked = session.snapshot()
  const isOwn = isOwnReservation(looked.workspace, runId)
  const chosen = choose(looked, request, isOwn)
  const plans = chosen.map((one) => ({ one, freeAt: isOwn(one) ? null : mayTake(session, one, force) }))
  const released: Released[] = []
  for (const { one, freeAt } of plans) {
    const { reservationId, state, addresses, until } = one
    const isTaken = !isOwn(one)
    const takenFrom = isTaken ? one.runId : null
    const done = { reservationId, addresses, takenFrom, believedUntil: null, freeAt }
    if (state === 'released') {
      released.push({ ...done, releaseId: null, status: 'already_released' })
      continue
    }
    const releaseId = workspace.newId()
    const payload: Release = {
      release_id: releaseId,
      run_id: isTaken ? runId : one.runId,
      reservation_id: reservationId,
      released_at: workspace.timestamp(),
      reason,
      ...(isTaken && { forced: true }),
      ...(freeAt !== null && { effective_at: freeAt }),
    }
    await workspace.write('release', { schema_version: '1', ...payload })
    if (!isTaken) forgetHold(session, reservationId)
    const believedUntil = isTaken && until !== null && until > workspace.clock.now() ? formatTimestamp(until) : null
    released.push({ ...done, releaseId, status: 'ok', believedUntil })
  }
  // Only now: what could be read is given back all the same.
  if (request.reservations === null) assertHoldsRead(looked.workspace)
  return released
}

/** When another run's reservation is free, if not at once. Throws `RECORD_HELD`, `RECORD_NOT_YOURS`. */
function mayTake(session: Session, one: StandingReservation, force: boolean): string | null {
  const what = `The reservation ${one.reservationId}`
  if (one.state !== 'active') return null
  if (!force) throw reservationHeld(one.reservationId, one.runId, untilText(one.until))
  return assertMayForce(session, what, one)
}

function choose(
  looked: Session,
  { reservations: typed }: ReleaseRequest,
  isOwn: (one: StandingReservation) => boolean,
): readonly StandingReservation[] {
  const { view } = looked.workspace
  if (typed === null) return readReservations(view.alive()).filter((one) => one.state === 'active' && isOwn(one))
  const isId = (one: string) => view.ids('reservation', one.replace(/…$/, '')).length > 0
  const ids = typed.filter(isId).map((one) => findRecordId('reservation', one, view, 'reservation'))
  const paths = typed.filter((one) => !isId(one))
  const all = readReservations(view.alive(ids))
  const named = new Set(readAddresses(looked, paths).inside)
  const active = all.filter((one) => one.state === 'active')
  const held = active.filter(({ addresses }) => addresses.some((address) => named.has(address)))
  // What others have reserved of it is theirs, unless the run has nothing of it itself.
  const own = held.some(isOwn) ? held.filter(isOwn) : held
  // What it could not read, the look itself knows.
  for (const path of paths) assertKnown(looked, path, own)
  for (const { reservationId, addresses } of own) assertWhole(reservationId, addresses, named)
  return [...new Set([...all.filter(({ reservationId }) => ids.includes(reservationId)), ...own])]
}

/** Throws `RECORD_UNKNOWN` with the nearest address that is reserved, `FILE_FAILED` where it may be in a file that cannot be read. */
function assertKnown(session: Session, path: string, held: readonly StandingReservation[]): void {
  const [address = path] = readAddresses(session, [path]).inside
  if (held.some(({ addresses }) => addresses.includes(address))) return
  assertHoldsRead(session.workspace)
  const others = readHolds(session.workspace).flatMap(({ kind, what }) => (kind === 'reservation' ? what : []))
  throw coordError('RECORD_UNKNOWN', 'reservation', address, nearest(address, others))
}

/** Nobody shall lose more than was named. */
function assertWhole(id: string, addresses: readonly string[], named: ReadonlySet<string>): void {
  const rest = addresses.filter((address) => !named.has(address))
  if (rest.length === 0) return
  throw coordError('ARGUMENTS', `The reservation ${id} holds ${rest.join(' ')} too: name that as well, or the id.`)
}
