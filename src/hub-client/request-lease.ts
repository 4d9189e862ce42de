import { coordError } from '../base/errors.js'
import { quote } from '../base/quote.js'
import type { Holder } from '../record/protocol.js'
import type { CoordRecord } from '../record/record.js'
import type { HubClient } from './hub-client.js'
import type { LenientPushAnswer } from './push-answer.js'
import { FEW, pushFew, type SingleRecord } from './push-few.js'

/** What is asked of a hub. */
export interface LeaseQuestion extends SingleRecord {
  /** To have, to keep, or to finish for good (`expiresAt: null`). */
  readonly record: CoordRecord
  /** The record ends the lease, so that everybody may have it. */
  readonly givesBack: boolean
}

/** A hub's word on a lease. */
export type LeaseVerdict =
  /** It is the asker's, or has ended as the asker said. */
  | {
      readonly outcome: 'granted'
      /** `null` from a hub that numbers no leases. */
      readonly token: number | null
      /** Of the hub; `undefined`: it tells none. */
      readonly epoch: string | undefined
      /** When the hub judged it, by its own clock: milliseconds since 1970; `null`: it does not tell. */
      readonly judgedAt: number | null
    }
  /** It is somebody else's: another run's, or this run's in another tenure, place or handle. */
  | {
      readonly outcome: 'refused'
      /** As far as the hub tells; `null` with {@link stands}: nobody, it is free. */
      readonly holder: Holder | null
      /** From a hub that counts tenures, what it has; a token of `null`: nothing. */
      readonly stands?: { readonly token: number | null; readonly revision: number | null }
    }
  /** It had ended by the hub's clock when it came, so nobody has it. */
  | { readonly outcome: 'late' }
  /** The same run has finished it for good, so it can be neither kept nor given back. */
  | { readonly outcome: 'finished' }

/** What a hub has said on several leases. */
export interface LeaseVerdicts {
  /** In the order of the questions; `null`: it was not looked at, because another was granted. */
  readonly verdicts: readonly (LeaseVerdict | null)[]
  /** What the hub announces. */
  readonly features: readonly string[]
}

type Space = { readonly owner: string; readonly slug: string }

/**
 * Asks a hub for one lease. One small push, which may be sent again safely.
 *
 * @throws `LEASE_REJECTED` for a record that the hub takes nothing like, and what {@link HubClient} throws
 */
export async function requestLease(client: HubClient, space: Space, question: LeaseQuestion): Promise<LeaseVerdict> {
  return verdictOn(question, await pushFew(client, space, [question]))
}

/**
 * Asks for the first of several leases that is free, in one push: for a hub alone that has announced the feature `first`. It
 * may be sent again safely, and the same one is granted then. Throws as {@link requestLease} does.
 *
 * @param questions claims of one kind, at most as many as a push holds
 */
export async function requestFirst(
  client: HubClient,
  space: Space,
  questions: readonly LeaseQuestion[],
): Promise<LeaseVerdicts> {
  const answer = await pushFew(client, space, questions, { first: true })
  const verdicts = questions.map((question) => verdictOn(question, answer))
  const isGranted = verdicts.some(({ outcome }) => outcome === 'granted')
  const looked = verdicts.map((verdict) => (isGranted && verdict.outcome === 'late' ? null : verdict))
  return { verdicts: looked, features: answer.features }
}

/**
 * Gives several leases back, so many in a push. It may be sent again safely.
 *
 * @returns in the order of the questions; `null`: the hub takes nothing like it, and tells why whoever asks for it alone
 * @throws what {@link HubClient} throws; what was sent before that has arrived
 */
export async function requestEnds(
  client: HubClient,
  space: Space,
  questions: readonly LeaseQuestion[],
): Promise<readonly (LeaseVerdict | null)[]> {
  const verdicts: (LeaseVerdict | null)[] = []
  for (let at = 0; at < questions.length; at += FEW) {
    const few = questions.slice(at, at + FEW)
    const answer = await pushFew(client, space, few)
    verdicts.push(...few.map((question) => (isRejected(question, answer) ? null : verdictOn(question, answer))))
  }
  return verdicts
}

function isRejected({ record }: LeaseQuestion, { rejected }: LenientPushAnswer): boolean {
  return rejected.some(({ kind, recordId }) => kind === record.kind && recordId === record.recordId)
}

function verdictOn({ record, givesBack }: LeaseQuestion, answer: LenientPushAnswer): LeaseVerdict {
  const isMeant = (named: { kind: string; recordId: string }) =>
    named.kind === record.kind && named.recordId === record.recordId
  const what = `${record.kind} ${record.recordId}`
  const { epoch, now } = answer
  const granted = (token: number | null): LeaseVerdict => {
    return { outcome: 'granted', token, epoch, judgedAt: now === undefined ? null : Date.parse(now) }
  }

  const rejection = answer.rejected.find(isMeant)
  if (rejection !== undefined) throw coordError('LEASE_REJECTED', what, quote(rejection.reason))
  const conflict = answer.conflicts.find(isMeant)
  if (conflict !== undefined) {
    const { holder = null, token, revision = null } = conflict
    const isFinished = conflict.reason === 'held' && holder?.runId === record.runId && holder.expiresAt === null
    if (isFinished) return { outcome: 'finished' }
    // With another's key there is nothing to ask for again.
    const isCounted = token !== undefined && conflict.reason !== 'not_author'
    return { outcome: 'refused', holder, ...(isCounted && { stands: { token, revision } }) }
  }
  const lease = answer.leases.find(isMeant)
  if (lease !== undefined) return granted(lease.token)
  if (givesBack) return granted(null)

  // A hub that numbers its epoch is one that arbitrates leases, and would have named this one.
  if (epoch !== undefined) return { outcome: 'late' }
  // A plain hub keeps the first record of an id: who came first has it, and it cannot say who that was.
  return answer.inserted + answer.updated > 0 ? granted(null) : { outcome: 'refused', holder: null }
}
