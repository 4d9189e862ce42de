import { coordError, problemOf } from '../base/errors.js'
import type { Hold, Kind } from '../kinds/kind.js'
import type { IgnoredFile } from './record-files.js'
import type { Workspace } from './workspace.js'

/**
 * What runs hold now, by records of whatever kind.
 *
 * @param onFault called with the error of a kind whose plugin failed, and then the others are read all the same; left out:
 *   it is thrown, for whoever asks before an edit must not take "not known" for "free"
 * @throws `KIND_FAILED`
 */
export function readHolds(
  { registry, view }: Pick<Workspace, 'registry' | 'view'>,
  onFault?: (error: Error) => void,
): readonly Hold[] {
  const records = view.alive()
  return registry.all.flatMap((kind) => {
    try {
      return [...(kind.holds?.(records) ?? [])]
    } catch (error) {
      const failure = kindFailed(kind, error)
      if (onFault === undefined) throw failure
      onFault(failure)
      return []
    }
  })
}

/** Files that could not be read, of the kinds that say who holds what or when that ends: others may hold more than is known. */
export function unreadHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly IgnoredFile[] {
  const kinds = registry.all.filter((kind) => kind.holds || kind.ends || kind.beats)
  return kinds.length === 0 ? [] : view.problems(...kinds.map(({ name }) => name))
}

/** An error of the program stays what it is; anything else is the plugin's. */
function kindFailed({ name }: Kind, error: unknown): Error {
  return Object.assign(coordError('KIND_FAILED', name, problemOf(error)), { cause: error })
}
