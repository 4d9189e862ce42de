import { timeOf } from '../../base/timestamp.js'
import { conflict, overrides, type Rule, SKIPPED, succeed } from './rule.js'
import { sameJson } from './same-json.js'

/** The first payload stays, for everybody and for good, unless the owner of the space overrides it. */
export const once: Rule = {
  isRewritten: false,
  isCounted: false,

  begin: () => ({ written: true, token: null, revision: null }),

  arbitrate(incoming, stored, asker) {
    if (sameJson(incoming.payloadJson, stored.payloadJson)) return SKIPPED
    return overrides(incoming, asker) ? succeed(incoming, stored.revision) : conflict('different_content')
  },

  /** The hub took its copy first. A run's own file stands before the copy of it that came back. */
  stands(own, hubs) {
    return own.runId === hubs.runId ? own : hubs
  },

  lapsesAt: ({ expiresAt }) => timeOf(expiresAt),
}
