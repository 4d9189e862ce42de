import { timedProcess } from '../timed-process.js'

/** The start of Node that does nothing: what every command of a Node program costs at least. */
export const node = {
  name: 'node -e 0',
  isFloor: true,
  open(directory) {
    // In the environment of the others: NODE_OPTIONS, or more certificates to load, would slow down this one alone.
    const env = { PATH: process.env.PATH, HOME: directory }
    const start = () => timedProcess([process.execPath, '-e', '0'], { cwd: directory, env }).milliseconds
    return { push: start, pull: start, write() {}, close() {} }
  },
}
