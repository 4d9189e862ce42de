import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { environmentWith } from '../environment.js'
import { claimNextUntil } from './open-tasks.js'

/** Loops that start Node, which does nothing: as often as processes can be started, a claim can come at best. */
export const nodeStarts = {
  name: 'node -e 0',
  isFloor: true,
  async open(directory, { contenders }) {
    const env = environmentWith(directory)
    let count = 0
    const start = async () => {
      const child = spawn(process.execPath, ['-e', '0'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
      await once(child, 'close')
      return `start-${count++}`
    }
    const list = Array.from({ length: contenders }, () => ({ claim: (seconds) => claimNextUntil(seconds, start) }))
    return { list, close: async () => {} }
  },
}
