import type { Repo } from './repo.js'

/** Whether the store has not been removed: what goes on for long must not make it anew where somebody took it away. */
export function isStoreThere({ muse }: Repo): boolean {
  return muse.stat()?.isDirectory() === true
}
