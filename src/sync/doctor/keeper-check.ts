import { keeperOf } from '../../workspace/keeper-lock.js'
import { keeperFault } from '../keeper.js'
import { type Check, fine, wrong } from './check.js'

/** Whether a process keeps the store in step; without one each command is as fresh as the last pull. */
export const keeperCheck: Check = {
  name: 'keeper',
  examine({ repo }) {
    const keeper = keeperOf(repo)
    if (keeper !== null) return [fine(`${keeper} keeps this store in step`)]
    const fault = keeperFault(repo)
    if (fault === null) return [fine('no process keeps this store in step')]
    return [wrong(`the last process that kept this store in step ended: ${fault}`, 'muse-coord sync watch')]
  },
}
