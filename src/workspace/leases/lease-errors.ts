import { untilText } from '../../base/end-text.js'
import { CoordError, coordError } from '../../base/errors.js'
import type { LeaseEnd, LeaseRefusal } from './lease-answer.js'
import type { LeaseHolder } from './lease-notes.js'

/** Errors that say that the hub itself is at fault or out of reach, so that working without it is a way out. */
const OUT_OF_REACH: ReadonlySet<string> = new Set([
  'HUB_UNREACHABLE',
  'NETWORK_CLOSED',
  'HUB_TIMEOUT',
  'HUB_UNAVAILABLE',
  'HUB_ANSWER',
  'HUB_REDIRECT',
])

/** The error that a refusal is. */
export function leaseRefused(end: LeaseEnd, answer: LeaseRefusal, hadIt: boolean): CoordError {
  const what = `The ${end.kind} ${end.recordId}`
  if (answer.outcome === 'closed') return coordError('LEASE_CLOSED', what, end.runId, untilText(answer.until))
  if (answer.outcome !== 'refused') return coordError('LEASE_FINISHED', what, end.runId)
  if (hadIt) return leaseLost(end, answer.holder)
  const { runId = 'another run', expiresAt = null } = answer.holder ?? {}
  if (expiresAt === null) return coordError('RECORD_HELD', what, runId, 'for good', FOR_GOOD)
  return coordError('RECORD_HELD', what, runId, untilText(expiresAt))
}

const FOR_GOOD = 'Choose another id: it was finished, so nobody gets it again.'

/** The error that a lost lease is, with the run that has it now. */
export function leaseLost({ kind, recordId, runId }: LeaseEnd, holder: LeaseHolder | null): CoordError {
  const now =
    holder === null
      ? ''
      : `${holder.runId} holds it, ${holder.expiresAt === null ? 'for good' : untilText(holder.expiresAt)}`
  return coordError('LEASE_LOST', `the ${kind} ${recordId}`, runId, now)
}

/** An error of a hub that is out of reach, as one that says that there is a way without it. */
export function leaseUnconfirmed(error: unknown): unknown {
  if (!(error instanceof CoordError) || !OUT_OF_REACH.has(error.code)) return error
  const cure = error.code === 'NETWORK_CLOSED' ? error.hint : undefined
  return Object.assign(coordError('LEASE_UNCONFIRMED', error.message, cure), { cause: error })
}
