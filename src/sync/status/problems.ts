import type { IgnoredFile } from '../../workspace/record-files.js'
import { unclaimedHere, unclaimedRemote } from '../../workspace/unclaimed.js'
import type { Workspace } from '../../workspace/workspace.js'
import { failingKinds } from './failing-kinds.js'

/**
 * What of a store is passed over: files that hold no record, directories that belong to no kind, kinds whose own code fails.
 *
 * @param faultsMaxAge milliseconds, see `failingKinds`
 */
export function problemsOf(workspace: Workspace, faultsMaxAge = 0): readonly IgnoredFile[] {
  const { repo, registry, view } = workspace
  return [
    ...view.problems().map(({ path, reason }) => ({ path, reason })),
    ...unclaimedHere(repo, registry),
    ...unclaimedRemote(repo, registry),
    ...failingKinds(workspace, faultsMaxAge),
  ]
}
