import { LAST_REVISION, leaseNumbersOf, wordOrder } from '../lease-numbers.js'
import { hasLapsed } from '../record.js'
import { LEASE_BOUND_SECONDS, leaseEnd } from './lease-end.js'
import {
  type Asker,
  conflict,
  type Incoming,
  mayChange,
  overrides,
  type Rule,
  type Ruling,
  type Seen,
  SKIPPED,
  type Stored,
  sameContent,
} from './rule.js'

/**
 * One run holds it until it lapses or is given back. Whoever comes next gets a higher token.
 *
 * A record asks for one of two things. A claim names the last token and no revision, and begins a tenure where there is none:
 * who sleeps over somebody else's tenure names a token that stands no more. A change names its tenure by token and its place
 * within it by revision, and never begins one: played again, late or out of order it finds a higher revision or another
 * token. Writers that send no token are told apart by their run alone, and change no tenure that was begun with one.
 */
export const lease: Rule = {
  isRewritten: true,
  isCounted: false,

  begin(incoming, tokenFloor) {
    const { token, revision } = incoming
    if (token === undefined) return { written: true, token: tokenFloor + 1, revision: null }
    return token === null && revision === undefined ? beginTenure(tokenFloor) : conflict('stale')
  },

  arbitrate(incoming, stored, asker) {
    if (incoming.token === undefined) return arbitrateUncounted(incoming, stored, asker)
    if (overrides(incoming, asker)) return override(incoming, stored, asker)
    return incoming.revision === undefined ? claim(incoming, stored, asker) : change(incoming, stored, asker)
  },

  /**
   * Of one run its own file stands, which is ahead until the next push, unless the hub has the lease as finished for good, or a
   * later word: the run, or who acts for it, has written that elsewhere. Of two runs:
   *
   * 1. the hub's, when it is for good;
   * 2. the one that has not lapsed, when the other has: the hub would give it to whoever asks;
   * 3. the one that arrived later. A file of this workspace that is younger than the hub's copy was written by somebody who
   *    saw that copy; a copy that a pull brought after it is the hub's verdict on it, with a higher token.
   */
  stands(own, hubs, now) {
    const [ownLapsed, hubsLapsed] = [isOver(lapsesAt(own), now), isOver(lapsesAt(hubs), now)]
    if (hubs.expiresAt === null && !hubsLapsed) return hubs
    if (own.runId === hubs.runId) return isLaterWord(hubs, own) ? hubs : own
    if (ownLapsed !== hubsLapsed) return ownLapsed ? hubs : own
    return own.arrivedAt > hubs.arrivedAt ? own : hubs
  },

  lapsesAt,
}

/** Whether one text comes after another by their numbers; what bears none comes after nothing. */
function isLaterWord(one: Seen, other: Seen): boolean {
  const [numbers, others] = [leaseNumbersOf(one.payload), leaseNumbersOf(other.payload)]
  return numbers !== null && others !== null && wordOrder(numbers, others) > 0
}

/** What this workspace alone has is counted from when it came here; the bound of a hub nobody here knows. */
function lapsesAt({ expiresAt, payload, receivedAt, arrivedAt }: Seen): number | null {
  const cameAt = receivedAt === null ? arrivedAt : Date.parse(receivedAt)
  return leaseEnd({ expiresAt, isCounted: leaseNumbersOf(payload) !== null, cameAt }, LEASE_BOUND_SECONDS)
}

/** Whether a claim names what stands as a lease without an end, and that has lasted as long as a lease may. */
function outlives({ replaces }: Incoming, { id, expiresAt, revision, receivedAt }: Stored, asker: Asker): boolean {
  if (replaces === undefined || replaces !== id || receivedAt === undefined) return false
  const lasting = { expiresAt, isCounted: revision !== null, cameAt: Date.parse(receivedAt) }
  return isOver(leaseEnd(lasting, asker.boundSeconds ?? null), asker.now)
}

function isOver(end: number | null, now: number): boolean {
  return end !== null && end <= now
}

function claim(incoming: Incoming, stored: Stored, asker: Asker): Ruling {
  const isOwn = incoming.runId === stored.runId && asker.author === stored.author
  // The answer to the first one was lost. A namesake's claim differs, for it names its place.
  if (isOwn && sameContent(incoming, stored)) return SKIPPED
  if (!hasLapsed(stored, asker.now) && !outlives(incoming, stored, asker)) return refuseHeld(incoming, stored, asker)
  // It has lapsed on its way, and asks for nothing.
  if (hasLapsed(incoming, asker.now)) return SKIPPED
  return incoming.token === stored.token ? beginTenure(stored.token) : conflict('stale')
}

function change(incoming: Incoming, stored: Stored, asker: Asker): Ruling {
  // What is over is given back already; anything else would begin a tenure, and somebody may have had one in between.
  if (hasLapsed(stored, asker.now)) return hasLapsed(incoming, asker.now) ? SKIPPED : conflict('stale')
  if (incoming.runId !== stored.runId || !mayChange(stored, asker)) return refuseHeld(incoming, stored, asker)
  const isSame = sameContent(incoming, stored)
  // What is finished is finished by whatever token: a store that was set back has raised it since.
  if (incoming.token !== stored.token) return isSame && stored.expiresAt === null ? SKIPPED : conflict('held')
  if (isSame) return SKIPPED
  if (opensFinished(incoming, stored)) return conflict('held')
  const { token, revision = 0 } = incoming
  const isNext =
    revision > (stored.revision ?? 0) ? !cutsShort(incoming, stored, asker) : isLastWord(incoming, stored, asker)
  return isNext ? { written: true, token, revision } : conflict('stale')
}

/** Whether what would be renewed no more ends before its run has been told that it does: whoever wrote it has not seen that. */
function cutsShort(incoming: Incoming, { expiresAt }: Stored, { now }: Asker): boolean {
  const { revision, expiresAt: end } = incoming
  if (revision !== LAST_REVISION || end === null || expiresAt === null) return false
  return !hasLapsed(incoming, now) && Date.parse(end) < Date.parse(expiresAt)
}

/** What is renewed no more its run may end all the same. Once: nothing comes after an end. */
function isLastWord({ revision, ...incoming }: Incoming, stored: Stored, { now }: Asker): boolean {
  const isLast = revision === LAST_REVISION && stored.revision === LAST_REVISION && stored.expiresAt !== null
  return isLast && (incoming.expiresAt === null || hasLapsed(incoming, now))
}

function override(incoming: Incoming, stored: Stored, asker: Asker): Ruling {
  if (asker.author === stored.author && sameContent(incoming, stored)) return SKIPPED
  // The token that it names is used up by it, so a copy that comes later overrides nothing.
  return incoming.token === stored.token ? beginTenure(stored.token) : conflict('stale')
}

function arbitrateUncounted(incoming: Incoming, stored: Stored, asker: Asker): Ruling {
  const token = stored.token ?? 0
  if (hasLapsed(stored, asker.now)) {
    // The same content has lapsed as well: an old file that is sent again asks for nothing.
    return sameContent(incoming, stored) ? SKIPPED : { written: true, token: token + 1, revision: null }
  }
  // Before the comparison: a stranger who sends the holder's own words back does not hold the lease.
  if (incoming.runId !== stored.runId || !mayChange(stored, asker)) return refuseHeld(incoming, stored, asker)
  if (sameContent(incoming, stored)) return SKIPPED
  // A run's older words may overtake its last ones on the way here; what is for good stays so.
  const isCounted = stored.revision !== null
  return isCounted || opensFinished(incoming, stored) ? conflict('held') : { written: true, token, revision: null }
}

function beginTenure(lastToken: number | null): Ruling {
  return { written: true, token: (lastToken ?? 0) + 1, revision: 0 }
}

function refuseHeld(incoming: Incoming, stored: Stored, asker: Asker): Ruling {
  return conflict(incoming.runId === stored.runId && !mayChange(stored, asker) ? 'not_author' : 'held')
}

function opensFinished(incoming: Incoming, stored: Stored): boolean {
  return stored.expiresAt === null && incoming.expiresAt !== null
}
