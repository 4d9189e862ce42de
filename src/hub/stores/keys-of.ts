import { recordKey } from './record-key.js'
import type { StorePush } from './record-store.js'

/**
 * What pushes may meet in a space: the keys of their records, and of those that they take back. Each once: what is found by them is
 * kept for all pushes together, and many that write the same record are as large as one.
 */
export function keysOf(pushes: readonly StorePush[]): string[] {
  const keys = pushes.flatMap(({ records, takesBack }) =>
    [...records, ...(takesBack ? [takesBack] : [])].map(recordKey),
  )
  return [...new Set(keys)]
}
