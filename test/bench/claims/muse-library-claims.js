import path from 'node:path'
import { MuseSpace } from '../contenders/muse-space.js'
import { Worker } from '../worker.js'
import { readyClaimers } from './workers.js'

/** Leases of the hub, asked for by programs in two workspaces that have the library loaded. */
export const museLibraryClaims = {
  name: 'muse-coord, library',
  isOurs: true,
  async open(directory, { contenders }) {
    const space = await MuseSpace.open(directory)
    // The owner's first push makes the space.
    space.runIn(space.writer, 'enqueue', 'first', '--run-id', 'run-0')
    space.runIn(space.writer, 'sync', 'push')
    const module = path.join(import.meta.dirname, 'muse-library-claimer.js')
    const workers = Array.from({ length: contenders }, (_, number) => {
      const workspace = number % 2 === 0 ? space.writer : space.reader
      return new Worker(module, [workspace, `run-${number}`], space.env)
    })
    return readyClaimers(workers, () => space.close())
  },
}
