import type { Session } from '../../workspace/session.js'
import type { Attention } from './attention.js'

/** What a plugin adds to `status`, registered under {@link STATUS_PART}. */
export interface StatusPart {
  /** The command by which a run is told what it has lost: `heartbeat`. Left out: another part says it. */
  readonly lossCommand?: string
  /**
   * @param runId only what is of this run; `null`: of all
   * @returns fields of the JSON document, and what somebody should do about them, the most urgent first
   */
  read(
    session: Session,
    runId: string | null,
  ): Promise<{ readonly fields: object; readonly attention: readonly Attention[] }>
}

/** The DI token of {@link StatusPart}s. */
export const STATUS_PART: symbol = Symbol.for('muse-coord.status-part')
