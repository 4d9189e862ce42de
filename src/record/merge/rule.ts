import type { ConflictReason } from '../protocol.js'
import { sameJson } from './same-json.js'

/**
 * What a merge rule decides. Everybody asks here: the hub for each record of a push, a workspace for each record that it
 * shows, and whoever acquires a lease where no hub decides. A rule reads no clock and no file.
 */
export interface Rule {
  /** Whether a record comes again with other content. The files of such a kind are rewritten in place. */
  readonly isRewritten: boolean
  /** Whether its writers name the revision that a change replaces. */
  readonly isCounted: boolean
  /**
   * What becomes of a record whose kind and id are new.
   *
   * @param tokenFloor the highest token that any lease had which is gone
   */
  begin(incoming: Incoming, tokenFloor: number): Ruling
  /** What becomes of a record whose kind and id are there already. */
  arbitrate(incoming: Incoming, stored: Stored, asker: Asker): Ruling
  /**
   * Which of two copies of one id stands in a workspace: its own file, or what the hub had at the last pull. Times of two
   * machines are never compared: the one clock of the local file system tells when a copy arrived.
   *
   * @param now milliseconds since 1970
   */
  stands<C extends Seen>(own: C, hubs: C, now: number): C
  /** When a copy lapses: milliseconds since 1970; `null`: never. */
  lapsesAt(copy: Seen): number | null
}

/** What a record says, beside its kind and id. */
export interface Content {
  readonly runId: string
  /** Text, so that a hub needs to parse it only where two texts differ. */
  readonly payloadJson: string
  /** ISO 8601; `null`: never lapses. */
  readonly expiresAt: string | null
}

/** A record on its way. Changes without a revision count in the order in which they come. */
export interface Incoming extends Content {
  /** Higher than that of any change its writer made before; left out by writers that do not count them. */
  readonly revision?: number
  /** The revision that it replaces, as far as its writer knows; `null`: none. */
  readonly after?: number | null
  /**
   * Of a lease: the fencing number that stands as far as its writer knows, `null`: none. With a revision it names the tenure
   * that is changed, without one it asks for the next. Left out by writers that do not count tenures.
   */
  readonly token?: number | null
  /** Overrides what stands, which the owner of the space alone may do. */
  readonly force?: boolean
  /**
   * Of a lease's claim: the id of the record that names no end and that its writer has seen to be finished by nobody. It is
   * claimed anew once {@link Asker.boundSeconds} have passed since it was taken, if it still stands.
   */
  readonly replaces?: number
}

/** A record that is there already. */
export interface Stored extends Content {
  /** The handle that wrote it; `null` where none is known. */
  readonly author: string | null
  /** The fencing number of a lease; `null` for every other record, and where no hub has given one. */
  readonly token: number | null
  /**
   * Grows with every change; of a lease within a tenure, which begins with 0. `null`: its writer counts none.
   */
  readonly revision: number | null
  /** Its position in the space, where it has one. */
  readonly id?: number
  /** When it was taken, ISO 8601; left out: nobody knows. */
  readonly receivedAt?: string
}

/** Who asks, and when. */
export interface Asker {
  /** A handle; `null` where none is known. */
  readonly author: string | null
  /** The handle that owns the space, who may change what others wrote; `null` where there is no space. */
  readonly owner: string | null
  /** Milliseconds since 1970, by the clock of whoever decides. */
  readonly now: number
  /** How long a lease holds whose writer named no end and counts no tenures; left out: for good. */
  readonly boundSeconds?: number
}

/** `conflict: null`: nothing is written, because it is there already or asks for nothing. */
export type Ruling =
  | { readonly written: true; readonly token: number | null; readonly revision: number | null }
  | { readonly written: false; readonly conflict: ConflictReason | null }

/** A copy of a record in a workspace. */
export interface Seen {
  readonly runId: string
  /** ISO 8601; `null`: never lapses. */
  readonly expiresAt: string | null
  /** When this content came into the workspace: milliseconds since 1970, by the file system's clock. */
  readonly arrivedAt: number
  /** When the hub took it, ISO 8601; `null`: it is this workspace's own, or the hub does not tell. */
  readonly receivedAt: string | null
  readonly payload: object
}

export const SKIPPED: Ruling = { written: false, conflict: null }

export function conflict(reason: ConflictReason): Ruling {
  return { written: false, conflict: reason }
}

/** A record in the place of the one with a revision, if that is the one which it names. @param stands `null`: none */
export function succeed({ revision, after = null }: Incoming, stands: number | null): Ruling {
  // A change without a revision is one more for those who count: they shall be told of it.
  if (revision === undefined) {
    const next = stands === null ? null : Math.min(stands + 1, Number.MAX_SAFE_INTEGER)
    return { written: true, token: null, revision: next }
  }
  // Never less than before: else a late change could find the revision again that it names.
  const isNext = after === stands && revision > (stands ?? 0)
  return isNext ? { written: true, token: null, revision } : conflict('stale')
}

/** Whether somebody may put another content in the place of a record. */
export function mayChange(stored: Stored, { author, owner }: Asker): boolean {
  return author === stored.author || (owner !== null && author === owner)
}

/** Whether what stands is overridden. The word of anybody but the owner of the space is one like any other. */
export function overrides({ force = false }: Incoming, { author, owner }: Asker): boolean {
  return force && owner !== null && author === owner
}

export function sameContent(one: Content, other: Content): boolean {
  return one.runId === other.runId && one.expiresAt === other.expiresAt && sameJson(one.payloadJson, other.payloadJson)
}
