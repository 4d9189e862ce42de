import { timeOf } from '../../base/timestamp.js'
import { conflict, mayChange, type Rule, SKIPPED, sameContent, succeed } from './rule.js'

/**
 * A register: its author's newer payload takes the place of the older one. Which is newer the revisions tell: a change that
 * is overtaken, doubled or late names another one than stands, and changes nothing. Without a revision the one that comes
 * later is the newer.
 */
export const latest: Rule = {
  isRewritten: true,
  isCounted: true,

  begin: (incoming) => succeed(incoming, null),

  arbitrate(incoming, stored, asker) {
    if (sameContent(incoming, stored)) return SKIPPED
    return mayChange(stored, asker) ? succeed(incoming, stored.revision) : conflict('not_author')
  },

  /**
   * A run's own file is ahead of its copy on the hub. Of two runs the one that arrived later stands: its writer saw the
   * other, or the hub put it in the other's place.
   */
  stands(own, hubs) {
    return own.runId === hubs.runId || own.arrivedAt > hubs.arrivedAt ? own : hubs
  },

  lapsesAt: ({ expiresAt }) => timeOf(expiresAt),
}
