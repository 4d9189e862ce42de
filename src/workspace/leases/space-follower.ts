import type { Session } from '../session.js'

/**
 * How a workspace comes by what others push to its space. The pipelines stand above leases and waiting, which need
 * nothing else of them, so they are asked through the container.
 */
export interface SpaceFollower {
  /** Brings everything once. Rejects as `pull` does. */
  pull(session: Session): Promise<void>
  /** Goes on bringing it until the session's signal aborts; an outage is noted once and waited out. Never rejects. */
  follow(session: Session): Promise<void>
}

/** The DI token of the {@link SpaceFollower}. */
export const SPACE_FOLLOWER: symbol = Symbol.for('muse-coord.space-follower')
