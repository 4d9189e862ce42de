import { askKind } from '../kinds/ask-kind.js'
import type { Hold } from '../kinds/kind.js'
import type { PageRequest } from './page.js'

type Looking = Pick<PageRequest, 'session' | 'records' | 'moment'>

/** What runs hold at the moment that is looked at, by every kind by which something can be held; by address. */
export function holdsAt({ session, records, moment }: Looking): readonly Hold[] {
  return (
    session.registry.all
      .flatMap((kind) => askKind(kind, 'holds', () => [...(kind.holds?.(records) ?? [])], []))
      // The last word on a lease may be of a later holder than the one of a past moment.
      .filter(({ since }) => moment === null || since === null || since <= moment)
      .sort(byAddress)
  )
}

/** What runs say they are about to do at addresses that they do not hold; by address. */
export function intentionsAt({ session, records, moment }: Looking, holds: readonly Hold[]): readonly Hold[] {
  const held = new Set(holds.map(({ runId, what }) => JSON.stringify([runId, what])))
  return session.registry.all
    .flatMap((kind) => askKind(kind, 'intends', () => [...(kind.intends?.(records) ?? [])], []))
    .filter(({ runId, what, since }) => {
      return !held.has(JSON.stringify([runId, what])) && (moment === null || since === null || since <= moment)
    })
    .sort(byAddress)
}

function byAddress(one: Hold, other: Hold): number {
  return one.what < other.what ? -1 : one.what > other.what ? 1 : 0
}
