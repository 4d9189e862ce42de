import { FIRST_REVISION, LAST_REVISION, type LeaseNumbers, leaseNumbersOf } from '../../record/lease-numbers.js'
import { type CoordRecord, hasLapsed, type JsonObject } from '../../record/record.js'
import type { Copy, Entry } from '../entry.js'
import type { Here, Written } from './here.js'
import type { LeaseNote } from './lease-notes.js'

/** What this workspace knows of a lease, from the side of one run. */
export interface TenureView {
  readonly runId: string
  /** Where the run works; `null`: the name alone tells what is its own. */
  readonly here: Here | null
  /** What stands. */
  readonly seen: Entry<object> | undefined
  /** What was noted of the run's own. */
  readonly note: LeaseNote | null
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Whether what stands is the run's own and not over: it is renewed and ended then, and not acquired. */
export function isInTenure({ seen, runId, here }: Pick<TenureView, 'seen' | 'runId' | 'here'>): boolean {
  return seen !== undefined && !seen.lapsed && isOwn(seen, runId, here)
}

/**
 * The numbers for the next text that the run writes. Where no hub has given a token yet, it is a claim whatever it says: one
 * that was taken without the hub is granted as it stands by then.
 *
 * @param toldRevision the highest revision that a hub is known to have of the tenure, beside what the files say
 */
export function nextNumbers(view: TenureView, toldRevision = 0): LeaseNumbers {
  const token = isInTenure(view) ? tokenOfTenure(view) : null
  if (token === null) return { token: lastToken(view) }
  const revisions = copiesOf(view).map(({ payload }) => {
    const numbers = leaseNumbersOf(payload)
    // The text that claimed the lease has the first one, see `sync/push/lease-order.ts`.
    return numbers?.token === token ? (numbers.revision ?? FIRST_REVISION) : FIRST_REVISION
  })
  // Beyond the last one there is none: the hub refuses it once more, and so the run learns that it has lost the lease.
  return { token, revision: Math.min(Math.max(toldRevision, ...revisions) + 1, LAST_REVISION) }
}

/** The token of the run's tenure; `null`: none is known. */
function tokenOfTenure(view: TenureView): number | null {
  const { note, runId, here, now } = view
  const tokens = copiesOf(view).flatMap((copy) => {
    if (hasLapsed(copy, now) || !isOwn(copy, runId, here)) return []
    const numbers = leaseNumbersOf(copy.payload)
    return [copy.token, numbers?.revision === undefined ? null : numbers.token]
  })
  return highest([...tokens, note?.state === 'lost' ? null : note?.token])
}

/** The highest token that is known of the lease, whoever had it. */
function lastToken(view: TenureView): number | null {
  const tokens = copiesOf(view).flatMap((copy) => [copy.token, leaseNumbersOf(copy.payload)?.token])
  return highest([...tokens, view.note?.token])
}

function copiesOf({ seen }: TenureView): readonly Copy<object>[] {
  return seen === undefined ? [] : [seen, ...seen.shadowed]
}

/** A namesake elsewhere is another run. */
export function isOwn(written: Written, own: string, here: Here | null): boolean {
  return written.runId === own && (here === null || here.isWrittenBy(written))
}

function highest(tokens: readonly (number | null | undefined)[]): number | null {
  return tokens.reduce<number | null>((most, token) => (token != null && token > (most ?? 0) ? token : most), null)
}

/** Whether another process of the run has written a later word of a tenure than a record of it, or its end. */
export function isLater(seen: Entry, record: CoordRecord, token: number | null): boolean {
  if (seen.origin !== 'local' || seen.runId !== record.runId) return false
  if (JSON.stringify(seen.payload) === JSON.stringify(record.payload)) return false
  if (seen.expiresAt === null && !seen.lapsed && record.expiresAt !== null) return true
  const [written, own] = [leaseNumbersOf(seen.payload as JsonObject), leaseNumbersOf(record.payload)]
  return written?.revision !== undefined && written.token === token && written.revision >= (own?.revision ?? 0)
}
