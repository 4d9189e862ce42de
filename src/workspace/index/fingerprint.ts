import { RELEASE } from '../../base/release.js'
import { registeredKind } from '../../kinds/containment/contain-kind.js'
import type { Kind } from '../../kinds/kind.js'
import { isBuiltIn } from '../../kinds/registry.js'

const known = new WeakMap<Kind, string>()

/**
 * Changes when a kind reads its files otherwise: another release of the plugin that brings it. The functions of a plugin count
 * by their own text; what they call does not. Those that come with this package count by its release, for each of its bundles
 * spells them otherwise, and two programs of one release must not take each other's index for another's.
 */
export function fingerprintOf(kind: Kind): string {
  let fingerprint = known.get(kind)
  if (fingerprint === undefined) {
    const { name, directory, idField, runIdField, merge } = kind
    const { expiresAt, ends, combine, rank, mayHold } = registeredKind(kind)
    const functions = isBuiltIn(kind) ? RELEASE : hashOf(`${expiresAt}\n${ends}\n${combine}\n${rank}\n${mayHold}`)
    fingerprint = [name, directory, idField, runIdField, merge, functions].join(' ')
    known.set(kind, fingerprint)
  }
  return fingerprint
}

/** FNV-1a: node:crypto takes longer to load than all the rest takes here. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16)
}
