import { askKind, takeFaults } from '../../kinds/ask-kind.js'
import { openOf } from '../../kinds/open-of.js'
import { knownHolds } from '../../workspace/holds.js'
import type { IgnoredFile } from '../../workspace/record-files.js'
import { describe, readStates } from '../../workspace/record-states.js'
import type { Workspace } from '../../workspace/workspace.js'

/**
 * The kinds whose own code throws, each with the directory of its records. All that kinds can be asked about what is alive is
 * asked once: whoever looks for faults must not depend on which commands have run before.
 */
export function failingKinds({ registry, view, repo }: Workspace): readonly IgnoredFile[] {
  for (const kind of registry.all) takeFaults(kind)
  const records = view.alive()
  knownHolds({ registry, view })
  for (const kind of registry.all) {
    const stateOf = readStates(kind, records)
    openOf(kind, records)
    for (const entry of records.entries(kind.name)) {
      const { payload, recordId } = entry
      records.endOf(kind.name, recordId)
      stateOf(entry)
      describe(kind, entry)
      askKind(kind, 'after', () => [...(kind.after?.(payload) ?? [])], [])
      askKind(kind, 'beats', () => kind.beats?.(payload), null)
    }
  }
  return registry.all.flatMap((kind) =>
    takeFaults(kind).map((reason) => ({ path: repo.coordination.pathOf(kind.directory), reason })),
  )
}
