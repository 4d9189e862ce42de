import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { Kind } from '../kinds/kind.js'
import type { Holder } from '../record/protocol.js'
import type { CoordRecord } from '../record/record.js'
import { pushText, wireText } from '../record/wire.js'
import type { HubClient } from './hub-client.js'

/** A hub's word on a lease. */
export type LeaseVerdict =
  /** It is the asker's, or has ended as the asker said. `token`: `null` from a hub that numbers no leases. */
  | { readonly outcome: 'granted'; readonly token: number | null; readonly expiresAt: string | null }
  /** It is somebody else's: another run's, or this run's under another handle. `holder`: as far as the hub tells. */
  | { readonly outcome: 'refused'; readonly holder: Holder | null }
  /** The same run has finished it for good, so it can be neither kept nor given back. */
  | { readonly outcome: 'finished' }

/**
 * Asks a hub for one lease: to have, to keep, to finish for good (`expiresAt: null`), or with `givesBack` to end. One
 * small push, which may be sent again safely.
 *
 * @throws `LEASE_REJECTED` for a record that the hub takes nothing like, `LEASE_TOO_SHORT` for a lease that had ended by
 *   the hub's clock when it came, and what {@link HubClient} throws
 */
export async function requestLease(
  client: HubClient,
  space: { readonly owner: string; readonly slug: string },
  kind: Kind,
  { record, payloadText }: { readonly record: CoordRecord; readonly payloadText: string },
  givesBack: boolean,
): Promise<LeaseVerdict> {
  const text = wireText(record, payloadText)
  const body = pushText([text], { [kind.name]: { merge: kind.merge } })
  const answer = await client.push(space.owner, space.slug, body)
  const isMeant = (named: { kind: string; recordId: string }) =>
    named.kind === record.kind && named.recordId === record.recordId
  const what = `${record.kind} ${record.recordId}`

  const rejection = answer.rejected.find(isMeant)
  if (rejection !== undefined) throw coordError('LEASE_REJECTED', what, quote(rejection.reason))
  const conflict = answer.conflicts.find(isMeant)
  if (conflict !== undefined) {
    const holder = conflict.holder ?? null
    const isFinished = conflict.reason === 'held' && holder?.runId === record.runId && holder.expiresAt === null
    return isFinished ? { outcome: 'finished' } : { outcome: 'refused', holder }
  }
  const lease = answer.leases.find(isMeant)
  if (lease !== undefined) return { outcome: 'granted', token: lease.token, expiresAt: lease.expiresAt ?? null }
  if (givesBack) return { outcome: 'granted', token: null, expiresAt: record.expiresAt }

  const isWritten = answer.inserted + answer.updated > 0
  // A hub that numbers its epoch is one that arbitrates leases, and would have named this one.
  if (isWritten && answer.epoch !== undefined) throw coordError('LEASE_TOO_SHORT', what, String(record.expiresAt))
  // A plain hub keeps the first record of an id: who came first has it, and it cannot say who that was.
  if (isWritten) return { outcome: 'granted', token: null, expiresAt: record.expiresAt }
  return { outcome: 'refused', holder: null }
}
