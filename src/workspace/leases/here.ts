import type { JsonObject } from '../../record/record.js'
import type { Copy } from '../entry.js'
import { isHeldBy, readHolds } from '../holds.js'
import { placeName, placeOf, readPlace } from '../place.js'
import type { Workspace } from '../workspace.js'

/** What of a record tells whose it is. */
export type Written = Pick<Copy<object>, 'kind' | 'recordId' | 'runId' | 'payload'>

/** Where the runs of a workspace work, from the side of what they have written. */
export class Here {
  readonly #workspace: Workspace
  readonly #place: string | null

  constructor(workspace: Workspace) {
    this.#workspace = workspace
    this.#place = placeName(placeOf(workspace.repo))
  }

  /**
   * Whether what bears the name of a run is that of the one that works here, and not of a namesake elsewhere. Where its place is
   * not known, the name tells.
   */
  isWrittenBy({ payload, ...written }: Written): boolean {
    const place = placeName(readPlace((payload as JsonObject).place))
    return place === null || this.#place === null || place === this.#place || this.#hasMoved(written)
  }

  /** What was written elsewhere the run has here since it has said that it goes on here. */
  #hasMoved({ kind, recordId, runId }: Omit<Written, 'payload'>): boolean {
    return readHolds(this.#workspace).some(
      (hold) => hold.kind === kind && hold.recordId === recordId && isHeldBy(this.#workspace, hold, runId),
    )
  }
}
