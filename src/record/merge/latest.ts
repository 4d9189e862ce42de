import { conflict, mayChange, type Rule, SKIPPED, sameContent } from './rule.js'

/** A register: its author's newer payload takes the place of the older one. */
export const latest: Rule = {
  isRewritten: true,

  arbitrate(incoming, stored, asker) {
    if (sameContent(incoming, stored)) return SKIPPED
    return mayChange(stored, asker) ? { written: true, token: null } : conflict('not_author')
  },

  /**
   * A run's own file is ahead of its copy on the hub. Of two runs the one that arrived later stands: its writer saw the
   * other, or the hub put it in the other's place.
   */
  stands(own, hubs) {
    return own.runId === hubs.runId || own.arrivedAt > hubs.arrivedAt ? own : hubs
  },
}
