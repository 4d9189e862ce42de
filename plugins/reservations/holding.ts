import { type Entry, isTimestamp, type View, type Workspace } from '../../src/index.js'
import type { Release } from '../release.js'
import type { Reservation } from '../reservation.js'
import { type Beat, readBeats } from './beats.js'

/** A reservation and what heartbeats, releases and time have made of it. */
export interface Holding {
  readonly reservationId: string
  readonly runId: string
  /** `''` where it names none. */
  readonly branch: string
  readonly addresses: readonly string[]
  readonly operation: string | null
  /** Milliseconds since 1970; `null` where it does not tell. */
  readonly createdAt: number | null
  /** When it ends or has ended: milliseconds since 1970; `null`: not before it is released. */
  readonly until: number | null
  readonly state: 'active' | 'lapsed' | 'released'
  readonly origin: 'local' | 'remote'
  readonly entry: Entry<Reservation>
}

/** Every reservation that the workspace knows of, ended ones too. */
export function readHoldings({ view, clock }: Pick<Workspace, 'view' | 'clock'>): readonly Holding[] {
  const now = clock.now()
  const beats = readBeats(view, now)
  const releases = readReleases(view)
  return view.entries<Reservation>('reservation').map((entry) => {
    const { branch, addresses, operation, created_at: createdAt } = entry.payload
    const releasedAt = releaseOf(entry, releases)
    const end = effectiveEnd(entry, beats.get(entry.runId))
    const until = releasedAt === null ? end : Math.min(releasedAt, end ?? Number.POSITIVE_INFINITY)
    return {
      reservationId: entry.recordId,
      runId: entry.runId,
      branch: typeof branch === 'string' ? branch : '',
      addresses: Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [],
      operation: typeof operation === 'string' ? operation : null,
      createdAt: isTimestamp(createdAt) ? Date.parse(createdAt) : null,
      until,
      state: releasedAt !== null ? 'released' : end !== null && end <= now ? 'lapsed' : 'active',
      origin: entry.origin,
      entry,
    }
  })
}

/**
 * When a reservation ends unless it is released: the later of its own expiry and what the latest heartbeat of its run
 * extends it to. Milliseconds since 1970; `null`: never.
 */
export function effectiveEnd(
  { recordId, expiresAt }: Pick<Entry, 'recordId' | 'expiresAt'>,
  beat: Pick<Beat, 'extensions'> | undefined,
): number | null {
  if (expiresAt === null) return null
  return Math.max(Date.parse(expiresAt), beat?.extensions.get(recordId)?.until ?? Number.NEGATIVE_INFINITY)
}

/** The releases by the reservation they are about. Other programs may know it by the release's own id only. */
function readReleases(view: View): ReadonlyMap<string, readonly Entry<Release>[]> {
  const releases = new Map<string, Entry<Release>[]>()
  for (const entry of view.entries<Release>('release')) {
    const { reservation_id: about } = entry.payload
    const reservationId = typeof about === 'string' && about !== '' ? about : entry.recordId
    const others = releases.get(reservationId)
    if (others === undefined) releases.set(reservationId, [entry])
    else others.push(entry)
  }
  return releases
}

/** When it was released, by its own run: nobody gives back what is another's. */
function releaseOf(
  { recordId, runId }: Entry<Reservation>,
  releases: ReadonlyMap<string, readonly Entry<Release>[]>,
): number | null {
  const own = (releases.get(recordId) ?? []).filter((release) => release.runId === runId || release.runId === '')
  if (own.length === 0) return null
  const times = own.map(({ payload: { released_at: at } }) => (isTimestamp(at) ? Date.parse(at) : 0))
  return Math.min(...times)
}
