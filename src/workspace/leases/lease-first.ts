import { LAST_REVISION } from '../../record/lease-numbers.js'
import type { CoordRecord } from '../../record/record.js'
import { SyncState } from '../state/sync-state.js'
import type { View } from '../view.js'
import type { Lateness } from './lateness.js'
import type { LeaseAnswer, LeaseRequest } from './lease-answer.js'
import type { Draft, LeaseDrafts } from './lease-drafts.js'
import { leaseUnconfirmed } from './lease-errors.js'
import type { LeaseHub } from './lease-hub.js'
import { leaseIn } from './lease-in.js'
import type { LeaseWriter } from './lease-writer.js'

/** How often what is free under another token than was named is asked for once more. */
const ROUNDS = 3

interface Parts {
  readonly hub: LeaseHub
  readonly view: View
  readonly drafts: LeaseDrafts
  readonly writer: LeaseWriter
  readonly lateness: Lateness
  /** Fetches what others wrote. */
  refresh(): Promise<void>
}

interface Asked {
  readonly index: number
  readonly request: LeaseRequest
  readonly draft: Draft
}

/**
 * Asks the hub for the first of several leases that is free, and writes that one. Of those that are free under another token
 * than is known here, which the hub passes over, the first is asked for once more where no other was granted.
 *
 * @returns an answer to each request; `null`: the hub has not looked at it. `changed`: it may be had by asking again
 */
export async function putFirst(parts: Parts, requests: readonly LeaseRequest[]): Promise<(LeaseAnswer | null)[]> {
  const { drafts } = parts
  const answers: (LeaseAnswer | null)[] = requests.map(() => null)
  let open: readonly Asked[] = await Promise.all(
    requests.map(async (request, index) => {
      // Of what nobody is known to have had, a note could tell a token too; the hub tells it where that is so.
      const numbers = request.seen === undefined ? { token: null } : undefined
      return { index, request, draft: await drafts.draft(request, numbers) }
    }),
  )
  for (let round = 0; open.length > 0 && round < ROUNDS; round++) {
    const answered = await ask(parts, open)
    for (const { asked, answer } of answered) answers[asked.index] = answer
    if (answers.some((answer) => answer?.outcome === 'granted')) return answers
    open = await askable(parts, answered)
  }
  return answers
}

/**
 * What may be asked for under the token that the hub told. Somebody had it in between, and may have said to whom it goes or that it
 * is over: where that shows now, the caller judges anew.
 */
async function askable({ drafts, view, refresh }: Parts, answered: readonly Answered[]): Promise<Asked[]> {
  const again: Asked[] = []
  if (answered.some(({ token }) => token !== undefined)) await refresh()
  for (const { asked, token } of answered) {
    if (token === undefined) continue
    const { record } = asked.draft
    const known = leaseIn(view, record.kind, record.recordId)
    if ((known?.token ?? null) !== (asked.request.seen?.token ?? null)) continue
    again.push({ ...asked, draft: await drafts.draft(asked.request, { token }) })
  }
  return again
}

interface Answered {
  readonly asked: Asked
  readonly answer: LeaseAnswer | null
  /** It is free under this token. */
  readonly token?: number | null
}

async function ask({ hub, writer, lateness }: Parts, open: readonly Asked[]): Promise<readonly Answered[]> {
  const sentAt = lateness.times()
  const { verdicts, features } = await request(hub, open)
  if (!features.includes('first')) forgetFeature(hub, features)
  const answered: Answered[] = []
  for (const [index, verdict] of verdicts.entries()) {
    const asked = open[index] as Asked
    const { draft } = asked
    if (verdict === null) answered.push({ asked, answer: null })
    else if (verdict.outcome === 'granted') {
      const answer = await writer.writeGranted(asked.request, draft, verdict)
      if (answer.outcome === 'granted') writer.remember(draft)
      const isLate = answer.outcome === 'granted' && lateness.isOver(draft.record, verdict.judgedAt, sentAt)
      answered.push({ asked, answer: isLate ? tooLate(lateness, draft.record) : answer })
    } else if (verdict.outcome === 'late') answered.push({ asked, answer: tooLate(lateness, draft.record) })
    else if (verdict.outcome === 'finished') answered.push({ asked, answer: verdict })
    else {
      const { holder, stands } = verdict
      if (holder === null && stands !== undefined && draft.numbers !== null) {
        answered.push({ asked, answer: { outcome: 'changed' }, token: stands.token })
        continue
      }
      const known = stands?.revision === LAST_REVISION ? null : holder
      // What the run had of it stands in what the caller has seen.
      const { seen } = asked.request
      writer.lose(draft.record, known, seen === undefined ? [] : [seen, ...seen.shadowed])
      answered.push({ asked, answer: { outcome: 'refused', holder: known } })
    }
  }
  return answered
}

async function request({ client, target }: LeaseHub, open: readonly Asked[]) {
  const { requestFirst } = await import('../../hub-client/request-lease.js')
  try {
    return await requestFirst(
      client,
      target,
      open.map(({ draft }) => ({ ...draft, givesBack: false })),
    )
  } catch (error) {
    throw leaseUnconfirmed(error)
  }
}

/** Another version of the hub serves by now, which takes such a push for a common one. It is asked so no more. */
function forgetFeature({ target: { repo, hub, owner, slug } }: LeaseHub, features: readonly string[]): void {
  SyncState.open(repo, { hub: hub.base, owner, slug }).noteFeatures(features)
}

function tooLate(lateness: Lateness, record: CoordRecord): LeaseAnswer {
  lateness.note(record)
  return { outcome: 'changed' }
}
