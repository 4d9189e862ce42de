import { isJsonObject, type JsonObject } from './record.js'

/** By what a lease's record is ordered: a claim names the last token alone, a change its tenure and its place within it. */
export interface LeaseNumbers {
  /** `null`: none is known. */
  readonly token: number | null
  /** Higher than that of any change before it in this tenure; left out of a claim. */
  readonly revision?: number
}

/** The numbers of a lease's text, and where it was written. */
export interface LeaseMark extends LeaseNumbers {
  /** The tree and machine of its run, so that the claims of two namesakes differ. */
  readonly place: string
}

/**
 * The field of a payload that holds the {@link LeaseMark}. The numbers lie in the text that they order, so they are on the disk
 * when it is, go where it goes, and are handed out once: another text has others.
 */
export const LEASE_FIELD = 'lease'

/** What a payload says of itself; `null` for that of a writer that counts no tenures. */
export function leaseMarkOf(payload: object): LeaseMark | null {
  const mark = (payload as JsonObject)[LEASE_FIELD]
  if (!isJsonObject(mark) || typeof mark.place !== 'string') return null
  const { place, token = null, revision } = mark
  if (token !== null && !isCount(token)) return null
  if (revision === undefined) return { place, token }
  return isCount(revision) && token !== null ? { place, token, revision } : null
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
