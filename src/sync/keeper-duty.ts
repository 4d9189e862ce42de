import type { Session } from '../workspace/session.js'

/** What a plugin has the keeper of a store do now and then, registered under {@link KEEPER_DUTY}. */
export interface KeeperDuty {
  /** Cheap where there is nothing to do: it is called every few seconds. What it rejects with is a note of the session. */
  perform(session: Session): Promise<void>
}

/** The DI token of {@link KeeperDuty}s. */
export const KEEPER_DUTY: symbol = Symbol.for('muse-coord.keeper-duty')
