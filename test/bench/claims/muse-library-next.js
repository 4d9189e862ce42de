import path from 'node:path'
import { Worker } from '../worker.js'
import { openTasks, workspaceOf } from './open-tasks.js'
import { readyClaimers } from './workers.js'

/** Programs that have the library loaded and call its `claim`, in two workspaces; each takes the first task it can have. */
export const museLibraryNext = {
  name: 'muse-coord, library',
  isOurs: true,
  async open(directory, { contenders, tasks }) {
    const space = await openTasks(directory, tasks)
    const module = path.join(import.meta.dirname, 'muse-next-claimer.js')
    const workers = Array.from(
      { length: contenders },
      (_, number) => new Worker(module, [workspaceOf(space, number), `run-${number}`], space.env),
    )
    return readyClaimers(workers, () => space.close())
  },
}
