import type { Session } from '../../src/plugin.js'
import { declaredConflicts, type ForecastConflict } from './declared-conflicts.js'
import { type GitAnswer, mergeConflicts } from './merge-conflicts.js'

export type { ForecastConflict } from './declared-conflicts.js'

export interface Forecast {
  /** How many reservations hold now. */
  readonly activeReservations: number
  /** How many intents count now. */
  readonly intents: number
  /** The surest first. */
  readonly conflicts: readonly ForecastConflict[]
  /** Whether there are more than are told. */
  readonly moreConflicts: boolean
  /** How many of the conflicts have a confidence of 0.9 or more, of 0.5 or more, and of less. */
  readonly highRisk: number
  readonly mediumRisk: number
  readonly lowRisk: number
  /** What became of asking git whether the commits of the runs can be merged. */
  readonly git: GitAnswer
}

const HIGH_RISK = 0.9
const MEDIUM_RISK = 0.5

/**
 * Tells which runs are about to meet: by the reservations and intents that count now, and, for runs that work in different
 * working trees or on different branches, by a merge of what they have committed.
 *
 * @param runId only conflicts that this run has a part in; `null`: all
 */
export async function forecast(session: Session, runId: string | null = null): Promise<Forecast> {
  const { conflicts: declared, ...counts } = declaredConflicts(session, runId)
  const { conflicts: merged, git } = await mergeConflicts(session, runId)
  const conflicts = [...merged, ...declared].sort((one, other) => other.confidence - one.confidence)
  const atLeast = (confidence: number) => conflicts.filter((one) => one.confidence >= confidence).length
  return {
    ...counts,
    conflicts,
    highRisk: atLeast(HIGH_RISK),
    mediumRisk: atLeast(MEDIUM_RISK) - atLeast(HIGH_RISK),
    lowRisk: conflicts.length - atLeast(MEDIUM_RISK),
    git,
  }
}
