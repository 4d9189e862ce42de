import { spawn } from 'node:child_process'
import { claimNextUntil, openTasks, workspaceOf } from './open-tasks.js'

/** More than processes take in the time: each costs the start of Node. */
const TASKS = 500

/** Agents that call `muse-coord claim` again and again, in two workspaces; each takes the first task it can have. */
export const museProcessClaims = {
  name: 'muse-coord',
  isOurs: true,
  async open(directory, { contenders, tasks = TASKS }) {
    const space = await openTasks(directory, tasks)
    // What is new settles: as it is for whoever did not enqueue just now.
    for (const workspace of [space.writer, space.reader]) space.runIn(workspace, 'tasks', '--json')
    const list = Array.from({ length: contenders }, (_, number) => ({
      claim: (seconds) => claimNextUntil(seconds, () => claim(space, workspaceOf(space, number), `run-${number}`)),
    }))
    return { list, close: () => space.close() }
  },
}

function claim(space, workspace, runId) {
  const [program, ...args] = space.command('claim', '--another', '--run-id', runId, '--json')
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: workspace, env: space.env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let complained = ''
    child.stdout.on('data', (text) => {
      said += text
    })
    child.stderr.on('data', (text) => {
      complained += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said).task_id)
      else reject(new Error(`claim ended with ${code}: ${said}${complained}`))
    })
  })
}
