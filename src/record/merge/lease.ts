import { hasLapsed } from '../record.js'
import { conflict, mayChange, type Rule, SKIPPED, sameContent } from './rule.js'

/** One run holds it until it lapses or is given back. Whoever comes next gets a higher token. */
export const lease: Rule = {
  isRewritten: true,
  isCounted: false,

  begin: (_, tokenFloor) => ({ written: true, token: tokenFloor + 1, revision: null }),

  arbitrate(incoming, stored, asker) {
    const token = stored.token ?? 0
    if (hasLapsed(stored, asker.now)) {
      // The same content has lapsed as well: an old file that is sent again asks for nothing.
      return sameContent(incoming, stored) ? SKIPPED : { written: true, token: token + 1, revision: null }
    }
    if (incoming.runId !== stored.runId) return conflict('held')
    // Before the comparison: a stranger who sends the holder's own words back does not hold the lease.
    if (!mayChange(stored, asker)) return conflict('not_author')
    // A run's older words may overtake its last ones on the way here; what is for good stays so.
    if (stored.expiresAt === null && incoming.expiresAt !== null) return conflict('held')
    return sameContent(incoming, stored) ? SKIPPED : { written: true, token, revision: null }
  },

  /**
   * Of one run its own file stands, which is ahead until the next push, unless the hub has the lease as finished for good.
   * Of two runs:
   *
   * 1. the hub's, when it is for good;
   * 2. the one that has not lapsed, when the other has: the hub would give it to whoever asks;
   * 3. the one that arrived later. A file of this workspace that is younger than the hub's copy was written by somebody who
   *    saw that copy; a copy that a pull brought after it is the hub's verdict on it, with a higher token.
   */
  stands(own, hubs, now) {
    if (hubs.expiresAt === null) return hubs
    if (own.runId === hubs.runId) return own
    const ownLapsed = hasLapsed(own, now)
    if (ownLapsed !== hasLapsed(hubs, now)) return ownLapsed ? hubs : own
    return own.arrivedAt > hubs.arrivedAt ? own : hubs
  },
}
