import { coordError, problemOf } from '../base/errors.js'
import { askKind } from '../kinds/ask-kind.js'
import type { Hold, Kind, RecordSource } from '../kinds/kind.js'
import type { IgnoredFile } from './record-files.js'
import type { Workspace } from './workspace.js'

/**
 * What runs hold now, by records of whatever kind. For whoever asks before an edit: what is not known is not free.
 *
 * @throws `KIND_FAILED`
 */
export function readHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly Hold[] {
  const records = view.alive()
  return registry.all.flatMap((kind) => {
    try {
      return holdsOf(kind, records)
    } catch (error) {
      throw Object.assign(coordError('KIND_FAILED', kind.name, problemOf(error)), { cause: error })
    }
  })
}

/** The same for whoever only looks: of the kinds whose own code throws there is nothing. */
export function knownHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly Hold[] {
  const records = view.alive()
  return registry.all.flatMap((kind) => askKind(kind, 'holds', () => holdsOf(kind, records), []))
}

function holdsOf(kind: Kind, records: RecordSource): readonly Hold[] {
  return [...(kind.holds?.(records) ?? [])]
}

/** Files that could not be read, of the kinds that say who holds what or when that ends: others may hold more than is known. */
export function unreadHolds({ registry, view }: Pick<Workspace, 'registry' | 'view'>): readonly IgnoredFile[] {
  const kinds = registry.all.filter((kind) => kind.holds || kind.ends || kind.beats)
  return kinds.length === 0 ? [] : view.problems(...kinds.map(({ name }) => name))
}
