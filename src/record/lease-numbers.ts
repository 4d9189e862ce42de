import { isJsonObject, type JsonObject } from './record.js'

/** By what a lease's record is ordered: a claim names the last token alone, a change its tenure and its place within it. */
export interface LeaseNumbers {
  /** `null`: none is known. */
  readonly token: number | null
  /** Higher than that of any change before it in this tenure; left out of a claim. */
  readonly revision?: number
}

/**
 * The field of a payload that holds its {@link LeaseNumbers}. They lie in the text that they order: so they are on the disk
 * when it is, go where it goes, and no older text comes by higher ones.
 */
export const LEASE_FIELD = 'lease'

/**
 * The first revision of a tenure: that of a text which was written as a claim, and is sent once its run has been granted the
 * lease. It belongs to that text alone. Another one with the same revision would look rewritten by hand to a push.
 */
export const FIRST_REVISION = 1

/**
 * The last revision of a tenure: what has it is renewed no more, and lasts until its end, or until its run ends it by a text of the
 * same revision.
 */
export const LAST_REVISION = Number.MAX_SAFE_INTEGER

/** The numbers of a payload; `null` for that of a writer that counts no tenures. */
export function leaseNumbersOf(payload: object): LeaseNumbers | null {
  const numbers = (payload as JsonObject)[LEASE_FIELD]
  if (!isJsonObject(numbers)) return null
  const { token, revision } = numbers
  if (token !== null && !isCount(token)) return null
  if (revision === undefined) return { token }
  return isCount(revision) && token !== null ? { token, revision } : null
}

/**
 * Which of two words of one run comes later: above 0 for the first, below for the second. A claim begins the tenure after the one
 * that it names, and so comes after all of that one.
 */
export function wordOrder(one: LeaseNumbers, other: LeaseNumbers): number {
  const [tenure, others] = [one.token ?? 0, other.token ?? 0]
  if (tenure !== others) return tenure - others
  const [rank, otherRank] = [one.revision ?? Number.POSITIVE_INFINITY, other.revision ?? Number.POSITIVE_INFINITY]
  return rank === otherRank ? 0 : rank - otherRank
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
