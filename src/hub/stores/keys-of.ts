import { recordKey } from './record-key.js'
import type { StorePush } from './store.js'

/** What pushes may meet in a space: the keys of their records, and of those that they take back. */
export function keysOf(pushes: readonly StorePush[]): string[] {
  return pushes.flatMap(({ records, takesBack }) => [...records, ...(takesBack ? [takesBack] : [])].map(recordKey))
}
