import { conflict, type Incoming, mayChange, type Rule, type Ruling, SKIPPED, sameContent } from './rule.js'

/**
 * A register: its author's newer payload takes the place of the older one. Which is newer the revisions tell: a change that
 * is overtaken, doubled or late names another one than stands, and changes nothing. Without a revision the one that comes
 * later is the newer.
 */
export const latest: Rule = {
  isRewritten: true,
  isCounted: true,

  begin: (incoming) => replace(incoming, null),

  arbitrate(incoming, stored, asker) {
    if (sameContent(incoming, stored)) return SKIPPED
    return mayChange(stored, asker) ? replace(incoming, stored.revision) : conflict('not_author')
  },

  /**
   * A run's own file is ahead of its copy on the hub. Of two runs the one that arrived later stands: its writer saw the
   * other, or the hub put it in the other's place.
   */
  stands(own, hubs) {
    return own.runId === hubs.runId || own.arrivedAt > hubs.arrivedAt ? own : hubs
  },
}

function replace({ revision, after = null }: Incoming, stands: number | null): Ruling {
  // A change without a revision is one more for those who count: they shall be told of it.
  if (revision === undefined) return { written: true, token: null, revision: stands === null ? null : stands + 1 }
  // Never less than before: else a late change could find the revision again that it names.
  const isNext = after === stands && revision > (stands ?? 0)
  return isNext ? { written: true, token: null, revision } : conflict('stale')
}
