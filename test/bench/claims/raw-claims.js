import path from 'node:path'
import { Worker } from '../worker.js'
import { openTasks } from './open-tasks.js'
import { readyClaimers } from './workers.js'

/** Signed requests and nothing else, each for a claim that nobody else asks for: what the hub and the network allow. */
export const rawClaims = {
  name: 'raw requests',
  isFloor: true,
  async open(directory, { contenders, tasks = 0 }) {
    const space = await openTasks(directory, tasks)
    const module = path.join(import.meta.dirname, 'raw-claimer.js')
    const workers = Array.from(
      { length: contenders },
      (_, number) => new Worker(module, [space.url, `raw-${number}`], space.env),
    )
    return readyClaimers(workers, () => space.close())
  },
}
