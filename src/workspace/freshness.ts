import { formatTimestamp } from '../base/timestamp.js'
import { timeAtHub } from './hub-clock.js'
import type { Session } from './session.js'
import { seenOf } from './state/as-of.js'
import { chosenSpace } from './state/chosen-space.js'

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
export function freshness(session: Session): Freshness {
  const { workspace, registry, clock, env } = session
  const space = chosenSpace(session.space, env, workspace.repo)
  if (space === null) return { hub: null, asOf: null, ageSeconds: null }
  const { hub } = space
  const seen = seenOf(workspace.repo, space)
  const moments = registry.all.flatMap(({ name }) => seen[name] ?? [])
  if (moments.length < registry.all.length) return { hub, asOf: null, ageSeconds: null }
  const oldest = moments.reduce((one, other) => (other.hubTime < one.hubTime ? other : one))
  const age = Math.max(0, timeAtHub(oldest, clock) - oldest.hubTime)
  return { hub, asOf: formatTimestamp(oldest.hubTime), ageSeconds: age / 1000 }
}

/** Whether a store may lack what others hold, because it has never pulled everything from its hub. */
export function hasNeverPulled({ hub, asOf }: Freshness): boolean {
  return hub !== null && asOf === null
}
