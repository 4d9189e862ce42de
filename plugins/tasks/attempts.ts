import { formatTimestamp, isJsonObject, type SeenRecord, timeOf } from '../../src/plugin.js'
import { readText, readTexts } from '../fields.js'
import { type Claim, isFinal, readClaim } from './claims.js'

const STATUSES = ['returned', 'handed', 'taken', 'lapsed'] as const
type AttemptStatus = (typeof STATUSES)[number]

/** What became of one claim of a task that did not finish it. */
export interface Attempt {
  readonly runId: string
  /** `returned`: the run gave it back. `handed`: it handed it over, which counts as no try. `taken`: it was taken from the run. `lapsed`: its time went by. */
  readonly status: AttemptStatus
  /** Of one that was taken: by which run, or by which handle that owns the space. */
  readonly takenBy: string | null
  /** Of one that was handed over: to which run; `null`: to the next one. */
  readonly handedTo: string | null
  /** What the run says to whoever has it next; `null`: nothing. */
  readonly note: string | null
  /** Addresses that the run had reserved, and gave back with the task. */
  readonly reserved: readonly string[]
  /** ISO 8601; `null`: it is not told. So is the other time. */
  readonly claimedAt: string | null
  readonly endedAt: string | null
  /** What went wrong, in the words of the run; `null`: it said nothing. */
  readonly error: string | null
  /** What the work came to nevertheless; any JSON. */
  readonly result: unknown
}

/** So many are kept in a claim, the last ones. */
export const MAX_ATTEMPTS = 20

/** The attempts that a claim tells of beside itself, the oldest first. */
export function earlierAttempts({ attempts }: Claim): readonly Attempt[] {
  if (!Array.isArray(attempts)) return []
  return attempts
    .filter(isJsonObject)
    .slice(-MAX_ATTEMPTS)
    .map((attempt) => ({
      runId: readText(attempt.run_id) ?? '',
      status: STATUSES.find((one) => one === attempt.status) ?? 'lapsed',
      takenBy: readText(attempt.taken_by),
      handedTo: readText(attempt.handed_to),
      note: readText(attempt.note),
      reserved: readTexts(attempt.reserved),
      claimedAt: readText(attempt.claimed_at),
      endedAt: readText(attempt.ended_at),
      error: readText(attempt.error),
      result: attempt.result ?? null,
    }))
}

/** All attempts at a task by what stands of its claim: those that it tells of, and itself where it has ended without an end. */
export function attemptsOf(claim: SeenRecord | undefined): readonly Attempt[] {
  if (claim === undefined) return []
  const { status, claimedAt, endedAt, error, result, takenBy, isHandedOver, handedTo, note, reserved } = readClaim(
    claim.payload,
  )
  const earlier = earlierAttempts(claim.payload)
  if (isFinal(status)) return earlier
  const isReturned = status === 'returned'
  if (!isReturned && !claim.lapsed) return earlier
  const own: Attempt = {
    runId: claim.runId,
    status: !isReturned ? 'lapsed' : takenBy !== null ? 'taken' : isHandedOver ? 'handed' : 'returned',
    ...(isReturned
      ? { takenBy, handedTo, note, reserved }
      : { takenBy: null, handedTo: null, note: null, reserved: [] }),
    claimedAt,
    endedAt: isReturned ? endedAt : lapseOf(claim),
    error,
    result,
  }
  return [...earlier, own].slice(-MAX_ATTEMPTS)
}

function lapseOf({ expiresAt, lapsesAt }: SeenRecord): string | null {
  return expiresAt ?? (lapsesAt === null ? null : formatTimestamp(lapsesAt))
}

/** As they stand in the claim that follows them. */
export function attemptFields(attempts: readonly Attempt[]): NonNullable<Claim['attempts']> {
  return attempts.map(({ runId, status, takenBy, handedTo, note, reserved, claimedAt, endedAt, error, result }) => ({
    ...{ run_id: runId, status, claimed_at: claimedAt, ended_at: endedAt },
    ...(takenBy !== null && { taken_by: takenBy }),
    ...(handedTo !== null && { handed_to: handedTo }),
    ...(note !== null && { note }),
    ...(reserved.length > 0 && { reserved }),
    ...(error !== null && { error }),
    ...(result !== null && { result }),
  }))
}

/** How often it was tried without an end. Who hands it over goes on with it by another run. */
export function triesOf(claim: SeenRecord | undefined): number {
  return attemptsOf(claim).filter(({ status }) => status !== 'handed').length
}

/** Whether a task has been given up: it may be tried so often, and was, without an end. */
export function isGivenUp(task: { readonly max_attempts?: unknown }, claim: SeenRecord | undefined): boolean {
  const { max_attempts: most } = task
  return typeof most === 'number' && most >= 1 && triesOf(claim) >= most && !isOpen(claim)
}

/** When it was: milliseconds since 1970; `null`: it was not, or nothing tells. */
export function givenUpAt(task: { readonly max_attempts?: unknown }, claim: SeenRecord | undefined): number | null {
  return isGivenUp(task, claim) ? timeOf(attemptsOf(claim).at(-1)?.endedAt ?? null) : null
}

/** Whether a run is at it, or has finished it. */
function isOpen(claim: SeenRecord | undefined): boolean {
  if (claim === undefined) return false
  const { status } = readClaim(claim.payload)
  return isFinal(status) || (status !== 'returned' && !claim.lapsed)
}
