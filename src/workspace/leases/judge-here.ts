import { formatTimestamp } from '../../base/timestamp.js'
import { leaseNumbersOf } from '../../record/lease-numbers.js'
import { lease } from '../../record/merge/lease.js'
import { LEASE_BOUND_SECONDS } from '../../record/merge/lease-end.js'
import type { Content } from '../../record/merge/rule.js'
import type { CoordRecord } from '../../record/record.js'
import { type Copy, cameAt, type Entry } from '../entry.js'

/** Stands for the token that both sides would name, for here nobody gives one. */
const TOKEN = 1
/** Stands for the id of what was seen, which alone is replaced. */
const ID = 1

/** How a run that asks stands to what it has seen. */
interface Standing {
  /** It is the run's own. */
  readonly isInTenure: boolean
  /** It has lapsed without an end, and finishes nothing. */
  readonly isAbandoned: boolean
}

/**
 * Whether a lease may be written where no hub decides: by the rule of the hub, with the files of this machine for its records.
 *
 * @param now milliseconds since 1970
 */
export function judgeHere(
  seen: Entry<object>,
  record: CoordRecord,
  { isInTenure, isAbandoned }: Standing,
  now: number,
): boolean {
  // Nobody here can tell whose key it is: the run counts, and its place, until a hub is asked.
  const asker = { author: seen.author, owner: null, now, boundSeconds: LEASE_BOUND_SECONDS }
  const stored = {
    ...{ ...contentOf(seen), author: seen.author, id: ID, receivedAt: formatTimestamp(cameAt(seen)) },
    ...{ token: TOKEN, revision: leaseNumbersOf(seen.payload) === null ? null : 1 },
  }
  const incoming = {
    ...{ ...contentOf(record), token: TOKEN },
    ...(isInTenure && { revision: 2 }),
    ...(isAbandoned && { replaces: ID }),
  }
  const ruling = lease.arbitrate(incoming, stored, asker)
  return ruling.written || ruling.conflict === null
}

function contentOf({ runId, expiresAt, payload }: Pick<Copy<object>, 'runId' | 'expiresAt' | 'payload'>): Content {
  return { runId, expiresAt, payloadJson: JSON.stringify(payload) }
}
