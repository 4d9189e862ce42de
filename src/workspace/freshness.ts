import type { Clock } from '../base/clock.js'
import { formatTimestamp } from '../base/timestamp.js'
import { timeAtHub } from './hub-clock.js'
import type { Repo } from './repo.js'
import type { Session } from './session.js'
import { seenOf } from './state/as-of.js'
import { chosenSpace } from './state/chosen-space.js'
import type { SpaceAddress } from './state/space-address.js'

/** How much a store can know of what others wrote. */
export interface Freshness {
  /** The address of its hub; `null`: it has none, and what lies here is all there is. */
  readonly hub: string | null
  /**
   * By the hub's clock, ISO 8601: whatever it had taken by then, of any kind, has been pulled. `null`: without a hub, and where
   * not everything was ever pulled.
   */
  readonly asOf: string | null
  /** How long that is ago; `null` like {@link asOf}. */
  readonly ageSeconds: number | null
}

/** Tells how fresh what the session's store knows is. Reads only, and asks no hub. */
export function freshness({ workspace, registry, clock, env, space }: Session): Freshness {
  const kinds = registry.all.map(({ name }) => name)
  return freshnessOf(workspace.repo, chosenSpace(space, env, workspace.repo), kinds, clock)
}

/**
 * The same of a store.
 *
 * @param space `null`: it has none
 * @param kinds the names of all kinds there are
 */
export function freshnessOf(repo: Repo, space: SpaceAddress | null, kinds: readonly string[], clock: Clock): Freshness {
  if (space === null) return { hub: null, asOf: null, ageSeconds: null }
  const { hub } = space
  const seen = seenOf(repo, space)
  const moments = kinds.flatMap((kind) => seen[kind] ?? [])
  if (moments.length < kinds.length) return { hub, asOf: null, ageSeconds: null }
  const oldest = moments.reduce((one, other) => (other.hubTime < one.hubTime ? other : one))
  const age = Math.max(0, timeAtHub(oldest, clock) - oldest.hubTime)
  return { hub, asOf: formatTimestamp(oldest.hubTime), ageSeconds: age / 1000 }
}

/** Whether a store may lack what others hold, because it has never pulled everything from its hub. */
export function hasNeverPulled({ hub, asOf }: Freshness): boolean {
  return hub !== null && asOf === null
}
