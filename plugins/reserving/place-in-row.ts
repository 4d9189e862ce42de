import { coordError, findCycle, type Hold, type Session, timeOf, untilText, type WaitWish } from '../../src/plugin.js'
import { giveBeat } from './heartbeat.js'
import { addressHeld } from './reservation-held.js'
import { readReservations } from './reservations.js'

interface Place {
  readonly runId: string
  readonly reservationId: string
  readonly ttlSeconds: number
  readonly timeoutSeconds?: number | undefined
  readonly isOffline: boolean
}

/** How a reservation that waits keeps its place in the row, and when it waits in vain. */
export function placeInRow(session: Session, place: Place): WaitWish {
  const { runId, reservationId, ttlSeconds, timeoutSeconds, isOffline } = place
  return {
    timeoutSeconds,
    check: (before) => assertNoCircle(session, runId, before),
    async beat() {
      const request = { runId, reservationId, extensionSeconds: ttlSeconds, isOffline, keepsPlace: true }
      const { reservations, notRenewed, lastBeatAt } = await giveBeat(session, request)
      if (notRenewed.some(({ reason }) => reason === 'unconfirmed')) {
        throw coordError('LEASE_UNCONFIRMED', 'the place in the row could not be kept')
      }
      const extended = reservations.find((one) => one.reservationId === reservationId)
      if (extended === undefined) return null
      const until = timeOf(extended.extendedExpiresAt)
      return { at: takenAt(session, runId) ?? timeOf(lastBeatAt) ?? session.workspace.view.now, until }
    },
  }
}

/** When the hub took the last beat of a run; `null`: no hub has. */
function takenAt({ workspace }: Session, runId: string): number | null {
  const entry = workspace.view.named('heartbeat', runId)
  const times = [entry, ...(entry?.shadowed ?? [])].flatMap((copy) => timeOf(copy?.receivedAt) ?? [])
  return times.length === 0 ? null : Math.max(...times)
}

/** Runs that wait for each other wait for ever. Throws `RECORD_HELD`. */
function assertNoCircle({ workspace }: Session, runId: string, before: readonly Hold[]): void {
  const active = readReservations(workspace.view.alive()).filter(({ state }) => state === 'active')
  const runOf = new Map(active.map((one) => [one.reservationId, one.runId]))
  const waitsFor = (run: string) =>
    active.filter((one) => one.runId === run).flatMap((one) => one.waitsFor.flatMap((id) => runOf.get(id) ?? []))
  const others = (run: string) => waitsFor(run).filter((other) => other !== run)
  const circle = findCycle(runId, (run) => (run === runId ? before.map((hold) => hold.runId) : others(run)))
  const [first] = before
  if (circle === null || first === undefined) return
  throw addressHeld({ ...first, until: untilText(first.until) }, `${first.runId}, which waits for this one`)
}
