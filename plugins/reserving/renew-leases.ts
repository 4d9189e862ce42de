import {
  CoordError,
  formatTimestamp,
  type Hold,
  openLeases,
  readHolds,
  registryOf,
  type Session,
} from '../../src/plugin.js'
import type { HeartbeatRequest, NotRenewed, RenewedHold } from './beaten.js'

/** Extends what a run holds by leases of whatever kind, each by its own length; what it could not says why. */
export async function renewLeases(
  session: Session,
  { runId, extensionSeconds, isOffline = false }: HeartbeatRequest,
): Promise<{ readonly renewed: readonly RenewedHold[]; readonly notRenewed: readonly NotRenewed[] }> {
  const registry = registryOf(session.container)
  const holds = readHolds(session.workspace).filter(
    (hold) => hold.runId === runId && registry.get(hold.kind)?.merge === 'lease' && hold.until !== null,
  )
  const renewed: RenewedHold[] = []
  const notRenewed: NotRenewed[] = []
  if (holds.length === 0) return { renewed, notRenewed }
  const leases = await openLeases(session, { isOffline })
  for (const hold of holds) {
    const { kind, recordId, what } = hold
    const seconds = extensionSeconds ?? lengthSeconds(hold)
    try {
      const token = leases.note(kind, recordId, runId)?.token ?? hold.token
      const had = { kind, recordId, runId, token, payload: {}, expiresAt: '', isRenewed: true, isProvisional: false }
      const { expiresAt } = await leases.renew(had, seconds)
      renewed.push({ kind, recordId, what, until: expiresAt })
    } catch (error) {
      if (!(error instanceof CoordError)) throw error
      const end = hold.until === null ? null : formatTimestamp(hold.until)
      if (error.code === 'LEASE_CLOSED') {
        notRenewed.push({ kind, recordId, what, until: end, reason: 'taken', holder: null })
        continue
      }
      const isLost = error.status === 'lease_lost' || error.status === 'held'
      if (!isLost && error.status !== 'hub_error') throw error
      if (!isLost) session.note(`⚠️  ${error.message}`)
      notRenewed.push({ kind, recordId, what, until: end, reason: isLost ? 'lost' : 'unconfirmed', holder: null })
    }
  }
  return { renewed, notRenewed }
}

const DEFAULT_LENGTH_SECONDS = 3600

/** How long it was taken for. */
function lengthSeconds({ length, since, until }: Hold): number {
  const milliseconds = length ?? (since === null || until === null ? null : until - since)
  return milliseconds === null ? DEFAULT_LENGTH_SECONDS : Math.max(1, Math.round(milliseconds / 1000))
}
