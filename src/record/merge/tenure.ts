import { isOneRun } from '../run-name.js'

/**
 * Who of several has what only one can have, by the order of a space: its ids are one order, and the time at which the hub
 * took a record is one clock. Pure, so that every interleaving of writers and readers can be tried.
 */

/** Who has something, and from where. What is not known tells nobody apart. */
export interface Tenant {
  readonly runId: string
  /** The handle that signed; `null`: not known. */
  readonly author: string | null
  /** The tree and the machine; `null`: not known. */
  readonly place: string | null
}

/** That somebody has something until a time. */
export interface Tenure {
  readonly tenant: Tenant
  /** The place in the order of the space; `null`: not in the space, so that it comes after all that is. */
  readonly position: number | null
  /** Whether changes give the record another position, so that its position does not tell when it began. */
  readonly isMoved: boolean
  /** Milliseconds since 1970; `null`: not before it is given back. */
  readonly until: number | null
}

/** What is judged: a record in the space, by the time at which the hub took it. */
export interface Candidate {
  readonly tenant: Tenant
  readonly position: number
  /** Milliseconds since 1970, by the hub's clock. No other clock decides. */
  readonly moment: number
}

/** A word on how long something is held. */
export interface Extension {
  /** When it was said: when the hub took it, without a hub what its writer says. Milliseconds since 1970. */
  readonly at: number
  /** The last end that was confirmed; `null`: its writer names none. */
  readonly from: number | null
  readonly until: number
}

/** Two that bear one name are one run where nothing tells their authors or their places apart. */
export function isSameRun(one: Tenant, other: Tenant): boolean {
  return isOneRun(one.runId, other.runId) && agree(one.author, other.author) && agree(one.place, other.place)
}

/** The same name of the same author in another place: whoever asks for it should know. */
export function isNamesake(one: Tenant, other: Tenant): boolean {
  return isOneRun(one.runId, other.runId) && agree(one.author, other.author) && !agree(one.place, other.place)
}

/**
 * When something ends, by its own end and a word that extends it. The word counts if it was said before the end that it
 * goes on from; else the hold was over then, and nothing brings it back. A word that names no such end counts as it is.
 *
 * @param end milliseconds since 1970
 */
export function extendedEnd(end: number, { at, from, until }: Extension): number {
  if (from === null || at < from) return Math.max(end, until)
  return Math.max(end, from)
}

/**
 * Whether another one has what a candidate asks for: it stands before the candidate, and lasts beyond the moment at which
 * the hub took the candidate. One that is about to withdraw stands before it too.
 */
export function keepsOut(other: Tenure, candidate: Candidate): boolean {
  if (isSameRun(other.tenant, candidate.tenant)) return false
  const isBefore = other.isMoved || (other.position !== null && other.position < candidate.position)
  return isBefore && (other.until === null || other.until > candidate.moment)
}

function agree(one: string | null, other: string | null): boolean {
  return one === null || other === null || one === other
}
