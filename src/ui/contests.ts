import { askKind } from '../kinds/ask-kind.js'
import type { Hold } from '../kinds/kind.js'
import { isOneRun } from '../record/run-name.js'
import { meet } from '../workspace/holds.js'
import type { Workspace } from '../workspace/workspace.js'

/** More comparisons than that would keep everybody waiting who looks. */
const MOST_COMPARED = 400_000

/** What some holds meet, by the word of their kinds. */
export interface Contests {
  /** By hold: those of other runs that cannot be had beside it. */
  readonly of: ReadonlyMap<Hold, readonly Hold[]>
  /** Whether all were compared. */
  readonly isWhole: boolean
}

/**
 * Which holds of other runs some holds meet.
 *
 * @param shown those that are asked about
 * @param all those that they are compared with
 */
export function contestsOf(workspace: Workspace, shown: readonly Hold[], all: readonly Hold[]): Contests {
  const compared = all.slice(0, Math.floor(MOST_COMPARED / Math.max(1, shown.length)))
  const of = new Map<Hold, readonly Hold[]>()
  for (const hold of shown) {
    const met = compared.filter((other) => {
      if (other === hold || isOneRun(hold.runId, other.runId)) return false
      return doMeet(workspace, hold, other) || (hold.kind !== other.kind && doMeet(workspace, other, hold))
    })
    if (met.length > 0) of.set(hold, met)
  }
  return { of, isWhole: compared.length === all.length }
}

function doMeet(workspace: Workspace, one: Hold, other: Hold): boolean {
  const kind = workspace.registry.get(one.kind)
  return kind !== undefined && askKind(kind, 'meet', () => meet(workspace, one, other), false)
}
