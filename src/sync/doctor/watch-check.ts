import { watch } from 'node:fs'
import { codeOf, isMissing } from '../../files/file-failure.js'
import { type Check, fine, wrong } from './check.js'

/** Of Linux; elsewhere nothing of the kind runs out. */
const CURES: Readonly<Record<string, string>> = {
  ENOSPC: 'sudo sysctl fs.inotify.max_user_watches=524288',
  EMFILE: 'sudo sysctl fs.inotify.max_user_instances=1024',
}

/** Whether the system still tells of changes of files: what waits looks every few seconds otherwise. */
export const watchCheck: Check = {
  name: 'watches',
  examine({ repo }) {
    try {
      watch(repo.coordinationDirectory, { persistent: false }).close()
    } catch (error) {
      if (isMissing(error)) return []
      const cure = CURES[codeOf(error)]
      if (cure === undefined) throw error
      return [wrong('the system has no watch left for changes of files, so what waits notices them late', cure)]
    }
    return [fine('changes of files are noticed at once')]
  },
}
