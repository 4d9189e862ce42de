import type { Kind } from '../../kinds/kind.js'

const known = new WeakMap<Kind, string>()

/**
 * Changes when a kind reads its files otherwise: another release of the plugin that brings it. Its functions count by their
 * own text; what they call does not.
 */
export function fingerprintOf(kind: Kind): string {
  let fingerprint = known.get(kind)
  if (fingerprint === undefined) {
    const { name, directory, idField, runIdField, merge, expiresAt, ends, combine } = kind
    fingerprint = [name, directory, idField, runIdField, merge, hashOf(`${expiresAt}\n${ends}\n${combine}`)].join(' ')
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
