import { type Entry, type RecordSource, timeOf } from '../../src/plugin.js'

/** Who took a task, until when, and how it ended. Its id is that of the task: there is one at a time. */
export interface Claim {
  task_id?: string
  claimer_run_id?: string
  claimed_at?: string
  /** `null`: for good, a finished task. */
  expires_at?: string | null
  /** `claimed`, `completed`, `failed`, or `returned`: given back. */
  status?: string
  ended_at?: string
  result?: unknown
  error?: string | null
}

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

/** When a claim ended its task for good: milliseconds since 1970; `null`: it did not, or does not tell. */
export function finishedAt({ status, ended_at: endedAt }: Claim): number | null {
  if (status !== 'completed' && status !== 'failed') return null
  return timeOf(endedAt)
}

/** A task is over when its claim has finished it. */
export function readTaskEnds(records: RecordSource): (task: { readonly recordId: string }) => number | null {
  const claims = new Map(records.entries('claim').map(({ recordId, payload }) => [recordId, payload as Claim]))
  return ({ recordId }) => finishedAt(claims.get(recordId) ?? {})
}
