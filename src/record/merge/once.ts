import { conflict, type Rule, SKIPPED } from './rule.js'
import { sameJson } from './same-json.js'

/** The first payload stays, for everybody and for good. */
export const once: Rule = {
  isRewritten: false,
  isCounted: false,

  begin: () => ({ written: true, token: null, revision: null }),

  arbitrate(incoming, stored) {
    return sameJson(incoming.payloadJson, stored.payloadJson) ? SKIPPED : conflict('different_content')
  },

  /** The hub took its copy first. A run's own file stands before the copy of it that came back. */
  stands(own, hubs) {
    return own.runId === hubs.runId ? own : hubs
  },
}
