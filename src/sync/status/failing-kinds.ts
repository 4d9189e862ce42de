import { askKind, takeFaults } from '../../kinds/ask-kind.js'
import { openOf } from '../../kinds/open-of.js'
import type { KindRegistry } from '../../kinds/registry.js'
import { knownHolds } from '../../workspace/holds.js'
import type { IgnoredFile } from '../../workspace/record-files.js'
import { describe, readStates } from '../../workspace/record-states.js'
import type { Workspace } from '../../workspace/workspace.js'

/** When the kinds of a registry were asked last, by the time of this process, and what was found. */
const asked = new WeakMap<KindRegistry, { readonly at: number; readonly found: readonly IgnoredFile[] }>()

/**
 * The kinds whose own code throws, each with the directory of its records. All that kinds can be asked about what is alive is
 * asked once: whoever looks for faults must not depend on which commands have run before.
 *
 * @param maxAgeMilliseconds what was found so lately is told again, for who looks many times a second; each time anew when left out
 */
export function failingKinds(workspace: Workspace, maxAgeMilliseconds = 0): readonly IgnoredFile[] {
  const { registry } = workspace
  const known = asked.get(registry)
  if (known !== undefined && performance.now() - known.at < maxAgeMilliseconds) return known.found
  const found = askAll(workspace)
  asked.set(registry, { at: performance.now(), found })
  return found
}

function askAll({ registry, view, repo }: Workspace): readonly IgnoredFile[] {
  for (const kind of registry.all) takeFaults(kind)
  const records = view.alive()
  knownHolds({ registry, view })
  for (const kind of registry.all) {
    const stateOf = readStates(kind, records)
    openOf(kind, records)
    for (const entry of records.entries(kind.name)) {
      const { payload, recordId } = entry
      stateOf(entry)
      // Where a kind names no state of its own, that asks the two.
      if (kind.state !== undefined) {
        if (kind.ends !== undefined) records.endOf(kind.name, recordId)
        describe(kind, entry)
      }
      if (kind.after !== undefined) askKind(kind, 'after', () => [...(kind.after?.(payload) ?? [])], [])
      if (kind.beats !== undefined) askKind(kind, 'beats', () => kind.beats?.(payload), null)
    }
  }
  return faultsOfKinds({ registry, repo })
}

/** The kinds whose own code has thrown since this was last asked, each with the directory of its records. */
export function faultsOfKinds({ registry, repo }: Pick<Workspace, 'registry' | 'repo'>): readonly IgnoredFile[] {
  return registry.all.flatMap((kind) =>
    takeFaults(kind).map((reason) => ({ path: repo.coordination.pathOf(kind.directory), reason })),
  )
}
