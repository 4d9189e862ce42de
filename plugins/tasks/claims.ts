import {
  type Hold,
  type JsonObject,
  type Origin,
  type RecordSource,
  readPlace,
  type SeenRecord,
  timeOf,
  WHOEVER_COMMITTED,
} from '../../src/plugin.js'
import { readText, readTexts } from '../fields.js'

/** Who took a task, until when, and how it ended. Its id is that of the task: there is one at a time. */
export interface Claim extends Partial<Origin> {
  task_id?: string
  claimer_run_id?: string
  claimed_at?: string
  /** `null`: for good, a finished task. */
  expires_at?: string | null
  /** For how long it was claimed at a time: a beat extends it by that. */
  ttl_seconds?: number
  /** `claimed`, `completed`, `failed`, `withdrawn` by who had enqueued it, or `returned`: given back. */
  status?: string
  /** The task that stands in the place of one that was withdrawn or has failed. */
  replaced_by?: string | null
  ended_at?: string
  result?: unknown
  error?: string | null
  /** With `returned`: the run that took it from this one, or the handle of the space's owner. */
  taken_by?: string
  /** With `returned`, of a task that was handed over: to which run; `null`: to the next one. */
  handed_to?: string | null
  /** Until when nobody but that run claims it. ISO 8601. */
  handed_until?: string
  /** What whoever has it next is to know. */
  note?: string
  /** Addresses that its run had reserved, and gave back with the task. */
  reserved?: readonly string[]
  /** What became of the claims before this one, the oldest first. */
  attempts?: JsonObject[]
}

/** What a claim says of its task. `free`: there is none that counts, so whoever asks may have it. */
export type ClaimState = 'free' | 'claimed' | FinalState

/** How a task ends for good. */
export const FINAL_STATES = ['completed', 'failed', 'withdrawn'] as const
export type FinalState = (typeof FINAL_STATES)[number]

export function isFinal(state: string | null): state is FinalState {
  return FINAL_STATES.some((one) => one === state)
}

/** The claim of a task, if it may speak of it: one that came with a clone tells only of what came with it. */
export function claimOf<Claimed extends SeenRecord>(
  task: Pick<SeenRecord, 'author'> | undefined,
  claim: Claimed | undefined,
): Claimed | undefined {
  return claim?.author === WHOEVER_COMMITTED && task?.author !== WHOEVER_COMMITTED ? undefined : claim
}

/** Reads a claim as it stands. A finished task stays finished whatever expiry another writer gave it. */
export function claimState(claim: SeenRecord | undefined): ClaimState {
  if (claim === undefined) return 'free'
  const { status } = readClaim(claim.payload)
  if (isFinal(status)) return status
  return claim.lapsed || status === 'returned' ? 'free' : 'claimed'
}

export function readClaim({
  status,
  claimed_at,
  ended_at,
  ttl_seconds,
  result = null,
  error,
  replaced_by,
  taken_by,
  handed_to,
  handed_until,
  note,
  reserved,
}: Claim) {
  return {
    status: readText(status),
    claimedAt: readText(claimed_at),
    endedAt: readText(ended_at),
    length: typeof ttl_seconds === 'number' && ttl_seconds > 0 ? ttl_seconds * 1000 : null,
    result,
    error: readText(error),
    replacedBy: readText(replaced_by),
    takenBy: readText(taken_by),
    reserved: readTexts(reserved),
    isHandedOver: handed_to !== undefined,
    handedTo: readText(handed_to),
    handedUntil: readText(handed_until),
    note: readText(note),
  }
}

/** A run that a task was handed to, and until when it is left to that one. */
export interface Handed {
  readonly runId: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** To which other run than the one that asks a task is left; `null`: to none. @param now milliseconds since 1970 */
export function handedToOther(claim: SeenRecord | undefined, runId: string, now: number): Handed | null {
  if (claim === undefined) return null
  const { status, handedTo, handedUntil } = readClaim(claim.payload)
  const until = timeOf(handedUntil)
  if (status !== 'returned' || handedTo === null || handedTo === runId || until === null || until <= now) return null
  return { runId: handedTo, until }
}

/** When a claim ends: that of a finished task when it finished it. */
export function readClaimEnds(): (claim: SeenRecord) => number | null {
  return ({ payload, expiresAt, lapsesAt }) => {
    if (isFinal(readClaim(payload).status)) return finishedAt(payload) ?? timeOf(expiresAt)
    return lapsesAt
  }
}

/** The tasks that runs are at. */
export function readClaimHolds(records: RecordSource): readonly Hold[] {
  const claims = records.entries('claim').filter((claim) => claimState(claim) === 'claimed')
  const tasks = records.namedAll(
    'task',
    claims.map(({ recordId }) => recordId),
  )
  const heard = claims.filter((claim) => claimOf(tasks.get(claim.recordId), claim) !== undefined)
  return heard.map((claim) => {
    const { kind, recordId, runId, author, token, payload, lapsesAt } = claim
    const { claimedAt, length } = readClaim(payload)
    return {
      kind,
      recordId,
      what: recordId,
      title: readText((tasks.get(recordId)?.payload as { title?: unknown } | undefined)?.title) ?? '',
      runId,
      author,
      since: timeOf(claimedAt),
      until: lapsesAt,
      ...(length !== null && { length }),
      token,
      isExclusive: true,
      place: readPlace(payload.place),
    }
  })
}

/** Milliseconds since 1970; `null`: it did not finish its task, or does not tell. */
export function finishedAt(claim: Claim): number | null {
  const { status, endedAt } = readClaim(claim)
  return isFinal(status) ? timeOf(endedAt) : null
}
