import { environmentWith } from '../environment.js'
import { timedProcess } from '../timed-process.js'

/** The start of Node that does nothing: what every command of a Node program costs at least. */
export const node = {
  name: 'node -e 0',
  isFloor: true,
  open(directory) {
    const env = environmentWith(directory)
    const start = () => timedProcess([process.execPath, '-e', '0'], { cwd: directory, env }).milliseconds
    return { push: start, pull: start, write() {}, close() {} }
  },
}
