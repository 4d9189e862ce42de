import type { Kind } from './kind.js'
import { kindFault } from './kind-fault.js'
import { isOfRecords } from './records-fault.js'

/** By kind and callback: what was wrong when it was last asked and failed. */
const faults = new WeakMap<Kind, Map<keyof Kind, string>>()

/**
 * Asks a kind, whose code is a plugin's and meets what anybody wrote. Where it throws, that costs the records that were asked
 * about: the answer is `instead`, and {@link takeFaults} names it. Records that could not be read for it are not its fault:
 * that is thrown.
 */
export function askKind<T>(kind: Kind, callback: keyof Kind, ask: () => T, instead: T): T {
  try {
    return ask()
  } catch (error) {
    if (isOfRecords(error)) throw error
    const known = faults.get(kind) ?? new Map<keyof Kind, string>()
    faults.set(kind, known.set(callback, kindFault(kind, callback, error)))
    return instead
  }
}

/** The faults of a kind since this was last called, one a callback. */
export function takeFaults(kind: Kind): readonly string[] {
  const known = [...(faults.get(kind)?.values() ?? [])]
  faults.delete(kind)
  return known
}
