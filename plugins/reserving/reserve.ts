import {
  acquireHold,
  branchOf,
  findRecordId,
  formatTimestamp,
  type HoldAnswer,
  holdNotes,
  isHeldBy,
  originOf,
  readHolds,
  type Session,
  type Workspace,
} from '../../src/plugin.js'
import { misspellings } from '../addresses/misspellings.js'
import { readInsideAddresses } from '../addresses/read-addresses.js'
import type { Dependency } from '../dependency.js'
import { type Conflicts, findConflicts, meetings } from './conflicts.js'
import { enterAs } from './enter-as.js'
import { giveBeat } from './heartbeat.js'
import { placeInRow } from './place-in-row.js'
import { type Reservation, readReservations, type StandingReservation } from './reservations.js'

export interface ReserveRequest {
  /** As they are typed: relative to the session's directory where they begin with `./` or `../`, else to the root. */
  readonly addresses: readonly string[]
  readonly runId: string
  /** The one that is checked out in the tree when left out. */
  readonly branch?: string | undefined
  readonly operation?: string | null
  readonly ttlSeconds: number
  /** It is the same run that worked in another place before, and goes on here. */
  readonly resume?: boolean
  /** Ids, or beginnings of ids, of reservations that this one waits for. */
  readonly dependsOn?: readonly string[]
  /** Has it alone: is refused where another run has any of it, and keeps the others out. */
  readonly deny?: boolean
  /** With `deny`: what others only warn of refuses nothing. */
  readonly passesAdvisory?: boolean
  /** With `deny`: who asks goes on also where it is refused. */
  readonly isToldOnly?: boolean
  /** With `deny`: a record that is broken, and may hold it, keeps it from nothing. */
  readonly passesBroken?: boolean
  /** With `deny`: does not ask the hub, which may say later that another run was first. */
  readonly isOffline?: boolean
  /** With `deny`: waits for what others have, in the order of arrival. */
  readonly wait?: boolean
  /** With `wait`; no bound when left out. */
  readonly timeoutSeconds?: number | undefined
}

export interface Reserved {
  /** `held`: refused, because another run has it. `namesake`: that run bears the same name in another place. */
  readonly status: 'ok' | 'held' | 'namesake'
  /** `null` when it was refused. */
  readonly reservationId: string | null
  readonly runId: string
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly dependsOn: readonly string[]
  /** Whether it only warns: nobody is kept from writing. */
  readonly advisory: boolean
  /** Whether the run had it already, so that only its end has moved. */
  readonly renewed: boolean
  /** Held without the hub that will decide. */
  readonly provisional: boolean
  readonly conflicts: Conflicts
  /** Paths that are not there, beside one that nearly is. A file that is to be made is reserved like any other. */
  readonly misspelt: readonly { readonly address: string; readonly nearest: string }[]
}

/**
 * Reserves addresses for a run and tells what other runs hold of them. With `deny` it has them alone: of any number that ask
 * at once exactly the first gets them. What the run has reserved already, it renews.
 *
 * @throws as `acquireHold` does, with `deny`
 */
export async function reserve(session: Session, request: ReserveRequest): Promise<Reserved> {
  const { workspace } = session
  const { runId, operation = null, deny = false, branch = branchOf(workspace.repo) ?? '' } = request
  const addresses = readInsideAddresses(session, request.addresses)
  const dependsOn = findReservations(workspace, request.dependsOn ?? [])
  await enterAs(session, request)
  const asked: Reserved = {
    status: 'held',
    reservationId: null,
    ...{ runId, branch, addresses, operation, dependsOn },
    createdAt: null,
    expiresAt: null,
    advisory: !deny,
    renewed: false,
    provisional: false,
    conflicts: [],
    misspelt: misspellings(session, addresses),
  }
  const own = dependsOn.length > 0 ? undefined : ownReservation(session, asked)
  const renewed = own && (await renew(session, request, own, asked))
  if (renewed !== undefined) return renewed
  const reservationId = workspace.newId()
  const reservation = (): Reservation => ({
    reservation_id: reservationId,
    run_id: runId,
    branch,
    addresses: [...addresses],
    created_at: workspace.timestamp(),
    expires_at: workspace.timestamp(request.ttlSeconds),
    operation,
    ...(deny && { exclusive: true }),
    ...originOf(session),
  })
  const reserved = deny
    ? await hold(session, request, reservationId, asked, reservation)
    : await warn(session, asked, reservation)
  if (reserved.reservationId !== null && dependsOn.length > 0) {
    const dependency: Dependency = {
      reservation_id: reservationId,
      run_id: runId,
      depends_on: [...dependsOn],
      created_at: workspace.timestamp(),
    }
    await workspace.write('dependency', { schema_version: '1', ...dependency })
  }
  return reserved
}

/** Writes a reservation that keeps nobody from writing. */
async function warn({ workspace }: Session, asked: Reserved, reservation: () => Reservation): Promise<Reserved> {
  const { addresses, runId } = asked
  let conflicts: Conflicts = []
  const record = await workspace.writeInTurn('reservation', () => {
    conflicts = findConflicts(workspace, addresses, runId)
    return { schema_version: '1', ...reservation() }
  })
  return { ...asked, ...writtenFields(record?.payload), status: 'ok', conflicts }
}

/** Has the addresses for the run alone. */
async function hold(
  session: Session,
  {
    isOffline = false,
    passesAdvisory = false,
    isToldOnly = false,
    passesBroken = false,
    wait = false,
    ttlSeconds,
    timeoutSeconds,
  }: ReserveRequest,
  reservationId: string,
  asked: Reserved,
  reservation: () => Reservation,
): Promise<Reserved> {
  const { addresses, runId } = asked
  const wish = {
    kind: 'reservation',
    recordId: reservationId,
    runId,
    what: addresses,
    isOffline,
    passesAdvisory,
    isToldOnly,
    passesBroken,
  }
  const answer: HoldAnswer = await acquireHold(session, {
    ...wish,
    ...(wait && { waiting: placeInRow(session, { runId, reservationId, ttlSeconds, timeoutSeconds, isOffline }) }),
    payload: (by) => {
      const ids = [...new Set(by.flatMap(({ kind, recordId }) => (kind === 'reservation' ? recordId : [])))]
      return { schema_version: '1', ...reservation(), ...(ids.length > 0 && { waits_for: ids }) }
    },
  })
  if (answer.outcome === 'refused') {
    return {
      ...asked,
      status: answer.isNamesake ? 'namesake' : 'held',
      conflicts: meetings(session.workspace, answer.by, addresses),
    }
  }
  const others = findConflicts(session.workspace, addresses, runId)
  const { isProvisional: provisional, until: expiresAt, record } = answer
  return { ...asked, ...writtenFields(record.payload), expiresAt, status: 'ok', provisional, conflicts: others }
}

function writtenFields(reservation: Reservation = {}) {
  return {
    reservationId: reservation.reservation_id ?? null,
    createdAt: reservation.created_at ?? null,
    expiresAt: reservation.expires_at ?? null,
  }
}

/** The reservation by which the run has all of it already, as surely as it asks for it. */
function ownReservation(session: Session, { runId, addresses, advisory }: Reserved): StandingReservation | undefined {
  const held = new Set(
    holdNotes(session).flatMap((note) => (note.state === 'held' || note.state === 'provisional' ? note.recordId : [])),
  )
  const { workspace } = session.snapshot()
  const own = readHolds(workspace).filter((hold) => hold.runId === runId && isHeldBy(workspace, hold, runId))
  const ownIds = new Set(own.map(({ recordId }) => recordId))
  return readReservations(workspace.view.alive()).find(
    (one) =>
      (one.author === null || one.author === workspace.viewer.handle) &&
      ownIds.has(one.reservationId) &&
      one.state === 'active' &&
      (advisory ? !one.isExclusive || held.has(one.reservationId) : held.has(one.reservationId)) &&
      addresses.every((address) => one.addresses.includes(address)),
  )
}

/** Moves the end of what the run has; `undefined`: it has lost it. */
async function renew(
  session: Session,
  { ttlSeconds, isOffline = false }: ReserveRequest,
  { reservationId, branch, operation, createdAt, isExclusive }: StandingReservation,
  asked: Reserved,
): Promise<Reserved | undefined> {
  const { runId, addresses } = asked
  const beaten = await giveBeat(session, { runId, reservationId, extensionSeconds: ttlSeconds, isOffline })
  const extended = beaten.reservations.find((one) => one.reservationId === reservationId)
  if (extended === undefined) return undefined
  const note = holdNotes(session).find((one) => one.recordId === reservationId)
  return {
    ...asked,
    ...{ status: 'ok', reservationId, branch, operation, renewed: true },
    createdAt: createdAt === null ? null : formatTimestamp(createdAt),
    expiresAt: extended.extendedExpiresAt,
    advisory: !isExclusive,
    provisional: note?.state === 'provisional',
    conflicts: findConflicts(session.workspace, addresses, runId),
  }
}

function findReservations({ view }: Workspace, typed: readonly string[]): readonly string[] {
  return typed.map((id) => findRecordId('reservation', id, view, 'reservation'))
}
