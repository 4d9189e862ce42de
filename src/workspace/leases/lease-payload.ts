import { coordError } from '../../base/errors.js'
import { formatTimestamp } from '../../base/timestamp.js'
import type { Kind } from '../../kinds/kind.js'
import type { JsonObject } from '../../record/record.js'
import type { Entry } from '../entry.js'
import type { Origin } from '../origin.js'
import type { Here } from './here.js'
import type { LeaseEnd, LeaseWish } from './lease-answer.js'
import { LENGTH_FIELD } from './lease-length.js'
import { LONG_AGO } from './long-ago.js'
import { isInTenure } from './tenure.js'

/** Where a lease's payload holds its end, for kinds that are acquired by {@link acquiredPayload}. */
const EXPIRY_FIELD = 'expires_at'

/**
 * The payload by which a run has a lease. What it wrote before stays when it renews, also for how long it takes the lease.
 *
 * @param origin where and by which process it works; a kind that is strict may not know the fields, and goes without
 * @param now milliseconds since 1970
 */
export function acquiredPayload(
  kind: Kind,
  wish: LeaseWish,
  seen: Entry<object> | undefined,
  { origin, here }: { readonly origin: Origin; readonly here: Here },
  now: number,
): JsonObject {
  const expiresAt = formatTimestamp(now + wish.ttlSeconds * 1000)
  const { runId } = wish
  const held = isInTenure({ seen, runId, here }) ? seen?.payload : {}
  const length = kind.strict ? {} : { [LENGTH_FIELD]: wish.ttlSeconds }
  return checked(kind, expiresAt, {
    ...length,
    ...wish.firstFields,
    ...held,
    ...(kind.strict ? {} : origin),
    ...(wish.isRenewal ? {} : length),
    ...fieldsOf(kind, wish),
    [EXPIRY_FIELD]: expiresAt,
  })
}

/** The payload by which a run lets go of a lease. */
export function endedPayload(kind: Kind, end: LeaseEnd, seen: Entry<object> | undefined): JsonObject {
  const expiresAt = end.forGood ? null : LONG_AGO
  const own = seen?.runId === end.runId ? seen.payload : {}
  return checked(kind, expiresAt, { ...own, ...fieldsOf(kind, end), [EXPIRY_FIELD]: expiresAt })
}

function fieldsOf({ idField, runIdField }: Kind, { recordId, runId, fields }: LeaseEnd): object {
  return { schema_version: '1', ...fields, [idField]: recordId, [runIdField]: runId }
}

/** A kind that keeps its end elsewhere would have a lease without one. Throws `LEASE_KIND`. */
function checked(kind: Kind, expiresAt: string | null, payload: JsonObject): JsonObject {
  if (kind.merge !== 'lease') throw coordError('LEASE_KIND', kind.name, `its merge rule is "${kind.merge}"`)
  if (kind.expiresAt(payload) !== expiresAt) {
    throw coordError('LEASE_KIND', kind.name, `its expiry is not the field ${EXPIRY_FIELD}`)
  }
  return payload
}
