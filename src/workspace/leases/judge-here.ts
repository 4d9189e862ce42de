import { lease } from '../../record/merge/lease.js'
import type { Content } from '../../record/merge/rule.js'
import type { CoordRecord } from '../../record/record.js'
import type { Copy } from '../entry.js'

/** Stands for the token that both sides would name, for here nobody gives one. */
const TOKEN = 1

/**
 * Whether a lease may be written where no hub decides: by the rule of the hub, with the files of this machine for its records.
 *
 * @param isInTenure what stands is the run's own
 * @param now milliseconds since 1970
 */
export function judgeHere(seen: Copy<object>, record: CoordRecord, isInTenure: boolean, now: number): boolean {
  // Nobody here can tell whose key it is: the run counts, and its place, until a hub is asked.
  const asker = { author: seen.author, owner: null, now }
  const stored = { ...contentOf(seen), author: seen.author, token: TOKEN, revision: 1 }
  const incoming = { ...contentOf(record), token: TOKEN, ...(isInTenure && { revision: 2 }) }
  const ruling = lease.arbitrate(incoming, stored, asker)
  return ruling.written || ruling.conflict === null
}

function contentOf({ runId, expiresAt, payload }: Pick<Copy<object>, 'runId' | 'expiresAt' | 'payload'>): Content {
  return { runId, expiresAt, payloadJson: JSON.stringify(payload) }
}
