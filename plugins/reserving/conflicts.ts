import { formatTimestamp } from '../../src/plugin.js'
import { parseAddress } from '../addresses/address.js'
import { addressesOverlap } from '../addresses/overlaps.js'
import type { Holding } from './holding.js'

/** That an address meets what another run has reserved. */
export interface Conflict {
  /** The one that was asked about. */
  readonly address: string
  /** The one that is reserved. */
  readonly heldAddress: string
  readonly runId: string
  readonly branch: string
  readonly reservationId: string
  readonly operation: string | null
  /** ISO 8601; `null`: until it is released. */
  readonly until: string | null
}

/**
 * What active reservations of other runs have in common with some addresses.
 *
 * @param ownRunId whose reservations do no harm; `null`: nobody's
 */
export function findConflicts(
  holdings: readonly Holding[],
  addresses: readonly string[],
  ownRunId: string | null,
): readonly Conflict[] {
  const wanted = addresses.map(parseAddress)
  const conflicts: Conflict[] = []
  for (const { state, runId, branch, reservationId, operation, until, addresses: held } of holdings) {
    if (state !== 'active' || runId === ownRunId) continue
    for (const heldAddress of held) {
      const parsed = parseAddress(heldAddress)
      for (const address of wanted) {
        if (!addressesOverlap(address, parsed)) continue
        conflicts.push({
          address: address.text,
          heldAddress,
          runId,
          branch,
          reservationId,
          operation,
          until: until === null ? null : formatTimestamp(until),
        })
      }
    }
  }
  return conflicts
}
