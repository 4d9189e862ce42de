import {
  confirmRegister,
  coordError,
  enterRun,
  formatTimestamp,
  type HoldNote,
  holdNotes,
  isHeldBy,
  loseHold,
  missingLeases,
  noteLost,
  noteMissingTold,
  noteTold,
  readHolds,
  type Session,
  settleOpenHolds,
} from '../../src/plugin.js'
import { type Beaten, type HeartbeatRequest, type NotRenewed, nothingDone, type RenewedHold } from './beaten.js'
import { findConflicts, meetings } from './conflicts.js'
import { meantReservations } from './meant-reservations.js'
import { noteLapsed } from './note-lapsed.js'
import { renewLeases } from './renew-leases.js'
import { readReservations, type StandingReservation } from './reservations.js'
import { type ExtendedReservation, extensionOf, notRenewed, writeBeat } from './write-beat.js'

export type { Beaten, HeartbeatRequest } from './beaten.js'

/** The same for the verb: see {@link giveBeat}. Throws `NAMESAKE` for a run whose name is that of another one. */
export async function heartbeat(session: Session, request: HeartbeatRequest): Promise<Beaten> {
  await enterRun(session, request.runId, request)
  if (request.leavesTelling !== true && !request.reservationId) noteLapsed(session, request.runId)
  const beaten = await giveBeat(session, request)
  if (request.leavesTelling !== true) {
    noteTold(
      session,
      untold(session, request.runId).filter(({ recordId }) => isNamed(beaten, recordId)),
    )
    noteMissingTold(
      session.workspace,
      missingLeases(session.workspace, request.runId).filter(({ recordId }) => isNamed(beaten, recordId)),
    )
  }
  return beaten
}

/**
 * Says that a run is alive, and extends all that it holds, or one of its reservations. There is one record a run, which
 * carries all extensions; processes of one run that beat at once lose none of them. What is held exclusively is extended only
 * before its end, and where a hub decides only once that has the beat.
 *
 * @throws `RECORD_HELD` for another run's reservation
 */
export async function giveBeat(session: Session, request: HeartbeatRequest): Promise<Beaten> {
  const { runId, reservationId = null, isOffline = false } = request
  const failures: NotRenewed[] = []
  if (!isOffline) await settleOpenHolds(session).catch((error: unknown) => session.note(`⚠️  ${String(error)}`))
  const ids = reservationId === null ? null : meantReservations(session, reservationId, runId)
  const written = await writeBeat(session, request, ids)
  if ('refused' in written) return written.refused
  const { extended, beatAt, passed, taken } = written
  for (const one of taken) noteTaken(session, one)
  failures.push(...passed)
  const kept = await confirmed(session, extended, request, failures)
  const leases = ids === null ? await renewLeases(session, request) : { renewed: [], notRenewed: [] }
  const others = ids === null ? unrenewable(session, runId) : []
  const missing = ids === null ? untoldLeases(session, runId, leases.notRenewed) : []
  failures.push(...leases.notRenewed, ...missing, ...others, ...untoldLosses(session, runId, ids))
  const lost = failures.filter(({ reason }) => reason === 'lost')
  const until = Math.max(...kept.map((one) => one.until), beatAt + extensionOf(request))
  return {
    ...nothingDone(request),
    status: lost.length > 0 ? 'lost' : 'ok',
    lastBeatAt: formatTimestamp(beatAt),
    extendedExpiresAt: formatTimestamp(until),
    ttlExtendedSeconds: Math.round((until - beatAt) / 1000),
    reservations: kept.map((one) => ({
      reservationId: one.reservation.reservationId,
      extendedExpiresAt: formatTimestamp(one.until),
    })),
    renewed: [...kept.map(renewedHold), ...leases.renewed],
    notRenewed: failures,
    conflicts:
      lost.length === 0
        ? []
        : findConflicts(
            session.workspace,
            lost.map(({ what }) => what),
            runId,
          ),
  }
}

/** Those that are extended, once the hub has the beat where a hub decides about them; the others are among the failures. */
async function confirmed(
  session: Session,
  extended: readonly ExtendedReservation[],
  { runId, isOffline = false }: HeartbeatRequest,
  failures: NotRenewed[],
): Promise<readonly ExtendedReservation[]> {
  const decided = extended.filter(({ note }) => note?.decidedBy)
  if (decided.length === 0) return extended
  try {
    const answer = await confirmRegister(session, { kind: 'heartbeat', recordId: runId }, isOffline)
    if (answer === 'no_hub') throw coordError('LEASE_UNCONFIRMED', 'it is not asked')
  } catch (error) {
    session.note(`⚠️  ${(error as Error).message}`)
    for (const { reservation, from } of decided)
      failures.push({ ...notRenewed(reservation, 'unconfirmed'), until: formatTimestamp(from) })
    return extended.filter((one) => !decided.includes(one))
  }
  const ids = decided.map(({ reservation }) => reservation.reservationId)
  const now = new Map(
    readReservations(session.workspace.view.alive([runId, ...ids])).map((one) => [one.reservationId, one]),
  )
  const kept = extended.filter((one) => !decided.includes(one))
  // By a hub that has another order now they were judged anew meanwhile.
  const lost = new Set(holdNotes(session).flatMap(({ state, recordId }) => (state === 'lost' ? recordId : [])))
  for (const one of decided) {
    const { confirmedUntil = null, state = 'released' } = now.get(one.reservation.reservationId) ?? {}
    if (state !== 'released' && (confirmedUntil ?? 0) >= one.until) kept.push(one)
    else if (!lost.has(one.reservation.reservationId)) await lose(session, one)
  }
  return kept
}

/** The beat came after the end. */
async function lose(session: Session, { reservation, note }: ExtendedReservation): Promise<void> {
  if (note === undefined) return
  const others = readHolds(session.workspace).filter(({ runId }) => runId !== reservation.runId)
  const [first] = meetings(session.workspace, others, reservation.addresses)
  const winner = first === undefined ? null : { runId: first.runId, until: first.until, what: first.heldAddress }
  await loseHold(session, { ...note, winner })
}

/** What a run holds by records of kinds that no beat extends: time ends them, and the run shall know when. */
function unrenewable({ workspace }: Session, runId: string): readonly NotRenewed[] {
  const { registry } = workspace
  return readHolds(workspace).flatMap((hold) => {
    const { kind, recordId, what, until } = hold
    const isExtended = kind === 'reservation' || registry.get(kind)?.merge === 'lease'
    if (isExtended || until === null || !isHeldBy(workspace, hold, runId)) return []
    return { kind, recordId, what, until: formatTimestamp(until), reason: 'fixed', holder: null }
  })
}

/** Notes that somebody else has ended what a run holds, for whoever tells the run. */
function noteTaken(
  session: Session,
  { reservationId: recordId, runId, addresses, takenBy }: StandingReservation,
): void {
  const what = [...addresses]
  const winner = takenBy?.runId ? { runId: takenBy.runId, until: null, what: what.join(' ') } : null
  noteLost(session, { kind: 'reservation', recordId, runId, what, winner })
}

function isNamed({ notRenewed: failures }: Beaten, id: string): boolean {
  return failures.some(({ recordId, reason }) => recordId === id && reason === 'lost')
}

/** The holds of the run that are lost, and of which it has not been told. */
function untoldLosses(session: Session, runId: string, ids: readonly string[] | null): readonly NotRenewed[] {
  const lost = untold(session, runId).filter(({ recordId }) => ids === null || ids.includes(recordId))
  return lost.map(({ kind, recordId, what, winner }) => {
    return { kind, recordId, what: what.join(' '), until: null, reason: 'lost', holder: winner?.runId ?? null }
  })
}

/** The leases that the run misses beside those that it was refused now, and of which it has not been told. */
function untoldLeases({ workspace }: Session, runId: string, refused: readonly NotRenewed[]): readonly NotRenewed[] {
  const isNew = ({ kind, recordId }: Pick<NotRenewed, 'kind' | 'recordId'>) =>
    !refused.some((one) => one.kind === kind && one.recordId === recordId)
  return missingLeases(workspace, runId)
    .filter(isNew)
    .map(({ kind, recordId, holder }) => {
      return { kind, recordId, what: recordId, until: null, reason: 'lost', holder: holder?.runId ?? null }
    })
}

function untold(session: Session, runId: string): readonly HoldNote[] {
  return holdNotes(session).filter((note) => note.state === 'lost' && note.runId === runId && !note.isTold)
}

function renewedHold({ reservation, until }: ExtendedReservation): RenewedHold {
  const { reservationId: recordId, addresses } = reservation
  return { kind: 'reservation', recordId, what: addresses.join(' '), until: formatTimestamp(until) }
}
