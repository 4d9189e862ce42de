import { CoordError, coordError } from '../../base/errors.js'
import type { HeldLease } from '../../workspace/leases/lease-answer.js'
import { openLeases } from '../../workspace/leases/leases.js'
import type { Session } from '../../workspace/session.js'
import { enterRun } from '../leaving/enter-run.js'
import type { CommandEnd, Held, HeldEnd, HoldWish } from './holder.js'

/** Holds something by a lease, whatever its kind. Throws `RECORD_HELD`, `LEASE_KIND`, `NAMESAKE`. */
export async function holdLease(session: Session, kind: string, wish: HoldWish): Promise<Held> {
  const { what, runId, ttlSeconds, isOffline } = wish
  const [recordId, ...others] = what
  if (recordId === undefined || others.length > 0) throw coordError('LEASE_KIND', kind, 'it holds one id at a time')
  await enterRun(session, runId, { isOffline })
  const leases = await openLeases(session, { isOffline })
  await leases.refresh()
  const first = await leases.acquire({ kind, recordId, runId, ttlSeconds })
  // What was taken is given back also by who is interrupted.
  const ending = await openLeases(session.with({ signal: new AbortController().signal }), { isOffline })
  const renewing = new AbortController()
  const signal = AbortSignal.any([session.signal, renewing.signal])
  const renewals = await openLeases(session.with({ signal }), { isOffline })
  const told = (status: 'released' | 'lost') => endOf(first, status)
  let held = first
  return {
    name: `the ${kind} ${recordId}`,
    environment: {
      MUSE_COORD_RUN_ID: runId,
      ...(first.token === null ? {} : { MUSE_COORD_TOKEN: String(first.token) }),
    },
    async renew() {
      try {
        held = await renewals.renew(held, ttlSeconds)
        return 'kept'
      } catch (error) {
        if (isLoss(error)) return 'lost'
        throw error
      }
    },
    abandon: () => renewing.abort(),
    async end({ how }: CommandEnd) {
      if (how === 'lost') return told('lost')
      try {
        await ending.release({ kind, recordId, runId })
        return told('released')
      } catch (error) {
        if (isLoss(error)) return told('lost')
        if (!(error instanceof CoordError) || error.status !== 'hub_error') throw error
      }
      // Nobody needs it any more, whether the hub can be told now or with the next push.
      await ending.offline().release({ kind, recordId, runId })
      return told('released')
    },
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof CoordError && (error.status === 'lease_lost' || error.status === 'held')
}

function endOf({ kind, recordId, token, isProvisional }: HeldLease, status: string): HeldEnd {
  const report = { kind, recordId, token, status, provisional: isProvisional }
  return { isLost: status === 'lost', report, text: `the ${kind} ${recordId} is ${status}` }
}
