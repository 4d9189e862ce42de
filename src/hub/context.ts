import type { Clock } from '../base/clock.js'
import type { MergeRule } from '../record/record.js'
import type { BulkTurns } from './bulk-turns.js'
import type { ByteBudget } from './byte-budget.js'
import type { Feed } from './feed.js'
import type { History } from './history.js'
import type { HubLimits } from './limits.js'
import type { HubMetrics } from './metrics.js'
import type { OwnAddress } from './own-address.js'
import type { Store } from './stores/store.js'

/** What every route of one hub works with. */
export interface HubContext {
  readonly store: Store
  readonly clock: Clock
  readonly registration: Registration
  /** The merge rules of the kinds that this hub was told about. */
  readonly rules: ReadonlyMap<string, MergeRule>
  readonly limits: HubLimits
  /** Under which names this hub is reached. */
  readonly address: OwnAddress
  readonly feed: Feed
  readonly history: History
  /** Answers that wait to be taken. */
  readonly answers: ByteBudget
  /** When parts of pages are read. */
  readonly bulk: BulkTurns
  readonly metrics: HubMetrics
  /** Whether the hub is on its way down. */
  isDraining: boolean
}

/** Who does what a request asks for, and how many spaces they may have. */
export function doing({ clock, limits }: HubContext, { handle }: { readonly handle: string | null }) {
  return { by: { handle: handle ?? '', at: clock.now() }, spaces: limits.spacesPerHandle }
}

/** Whether anybody may register a handle, or only who was invited. */
export type Registration = 'open' | 'closed'
