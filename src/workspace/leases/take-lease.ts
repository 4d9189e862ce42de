import type { Entry } from '../entry.js'
import type { Workspace } from '../workspace.js'
import type { Leases } from './leases.js'
import { markLost } from './lost-lease.js'

/**
 * Ends the lease of another run of the same author, so that somebody else may have it at once. If it was a run of this store,
 * it is told the next time it does something about it. Whether it may be taken is for the caller to judge.
 *
 * @param fields of the payload that say that it is given back
 * @param taker the run that it is taken for
 * @throws as `Leases.release` does
 */
export async function takeLease(
  leases: Leases,
  { repo }: Workspace,
  { kind, recordId, runId, payload }: Entry<object>,
  { fields, taker }: { readonly fields: object; readonly taker: string },
): Promise<void> {
  const isOfThisStore = leases.note(kind, recordId, runId) !== null
  await leases.release({ kind, recordId, runId, fields })
  if (isOfThisStore) markLost(repo, { kind, recordId, runId, payload }, { runId: taker, expiresAt: null }, null)
}
