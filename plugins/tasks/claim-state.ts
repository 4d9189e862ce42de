import type { Entry } from '../../src/plugin.js'
import type { Claim } from '../claim.js'

/** What a claim says of its task. `free`: there is none that counts, so whoever asks may have it. */
export type ClaimState = 'free' | 'claimed' | 'completed' | 'failed'

/** Given back: an expiry that has passed on every clock, however wrong it goes. */
export const LONG_AGO = '1970-01-01T00:00:00.000000+00:00'

/** Reads a claim as it stands in the view. A finished task stays finished whatever expiry another writer gave it. */
export function claimState(claim: Entry<Claim> | undefined): ClaimState {
  if (claim === undefined) return 'free'
  const { status } = claim.payload
  if (status === 'completed' || status === 'failed') return status
  return claim.lapsed || status === 'returned' ? 'free' : 'claimed'
}
