import type { Workspace } from '../workspace.js'
import { judgeIndexFault } from './index-fault.js'
import { refreshIndex } from './refresh.js'

/** File systems count their time in ticks of 1 to 10 ms. */
const MAX_LOOKS = 20
const LOOK_MILLISECONDS = 1

/**
 * Has the index know what was written until now, so that whoever asks next finds the answer in it and reads no file. What was
 * written within the present tick of the file system's clock could be written again unseen, so the next tick is waited for: some
 * milliseconds. Where nothing can be remembered nothing is, and the next one looks at the files.
 */
export async function settleIndex({ repo, registry, clock, viewer }: Workspace): Promise<void> {
  try {
    const writtenUntil = repo.sync.touch('scan-time')
    for (let look = 0; look < MAX_LOOKS && repo.sync.touch('scan-time') <= writtenUntil; look++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
    }
    refreshIndex(repo, registry, { now: clock.now(), everyFile: false, viewer })
  } catch (error) {
    if (judgeIndexFault(error) === null) throw error
  }
}
