import { requestEnds } from '../../hub-client/request-lease.js'
import type { LeaseRequest } from './lease-answer.js'
import type { LeaseDrafts } from './lease-drafts.js'
import { leaseUnconfirmed } from './lease-errors.js'
import type { LeaseHub } from './lease-hub.js'
import type { LeaseWriter } from './lease-writer.js'

interface Parts {
  readonly hub: LeaseHub
  readonly drafts: LeaseDrafts
  readonly writer: LeaseWriter
}

/**
 * Gives leases back at the hub, all in one push, and writes those that it takes.
 *
 * @returns for each request whether it is done; what is not was refused, and whoever asks for it alone learns why
 * @throws `LEASE_UNCONFIRMED` when the hub is out of reach
 */
export async function putEnds(
  { hub, drafts, writer }: Parts,
  requests: readonly LeaseRequest[],
): Promise<readonly boolean[]> {
  const drafted = await Promise.all(requests.map((request) => drafts.draft(request)))
  const questions = drafted.map((draft) => ({ ...draft, givesBack: true }))
  const verdicts = await requestEnds(hub.client, hub.target, questions).catch((error: unknown) => {
    throw leaseUnconfirmed(error)
  })
  const done: boolean[] = []
  for (const [index, request] of requests.entries()) {
    const [draft, verdict] = [drafted[index], verdicts[index]]
    if (draft === undefined || verdict?.outcome !== 'granted') done.push(false)
    else {
      const { outcome } = await writer.writeGranted(request, draft, verdict)
      if (outcome === 'granted') writer.remember(draft)
      done.push(outcome === 'granted')
    }
  }
  return done
}
