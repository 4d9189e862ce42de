import type { Kind } from '../../kinds/kind.js'
import type { RunStanding } from '../../workspace/run-states.js'
import type { Remark } from '../../workspace/state/remarks.js'
import type { LostHold } from '../holding/settle-holds.js'
import type { Unsent } from '../push/unsent.js'

/** What `status` has read, before it is spelt for a document. */
export interface Picture {
  readonly runs: readonly RunStanding[]
  /** What runs of this store took to be their own, and others have. */
  readonly lost: readonly LostHold[]
  /** How many records of a kind are in which state. */
  readonly counts: ReadonlyMap<Kind, Readonly<Record<string, number>>>
  /** How many records are unsent, but for those that a hub has refused as they are. */
  readonly toPush: number
  /** A space that is not that of the settings, and the only one that lacks any of it; else `null`. */
  readonly elsewhere: Unsent['elsewhere']
  /** Files of the store that git tracks. */
  readonly tracked: readonly string[]
  /** Files that hold no record, and kinds whose plugin failed. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
  readonly remarks: readonly StatusRemark[]
}

/** What a push or a pull said of one record, and what still holds. */
export interface StatusRemark extends Omit<Remark, 'file'> {
  /** `owner/slug` */
  readonly space: string
  /** The file that was sent; `null` for what came from the hub. */
  readonly path: string | null
}

/** By how many records of a kind a run holds something. */
export function recordsHeld({ holds }: Pick<RunStanding, 'holds'>, kind: string): number {
  return new Set(holds.flatMap((hold) => (hold.kind === kind ? hold.recordId : []))).size
}
