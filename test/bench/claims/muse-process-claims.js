import { spawn } from 'node:child_process'
import { MuseSpace } from '../contenders/muse-space.js'

/** More than processes take in the time: each costs the start of Node. */
const TASKS = 500

/** Agents that call `muse-coord claim` again and again, in two workspaces; each takes the first task it can have. */
export const museProcessClaims = {
  name: 'muse-coord',
  isOurs: true,
  async open(directory, contenders) {
    const space = await MuseSpace.open(directory)
    space.write(Array.from({ length: TASKS }, (_, number) => task(number)))
    space.runIn(space.writer, 'sync', 'push')
    space.runIn(space.reader, 'sync', 'pull', '--all')
    const list = Array.from({ length: contenders }, (_, number) => {
      const workspace = number % 2 === 0 ? space.writer : space.reader
      return { claim: (seconds) => claimUntil(seconds, () => claim(space, workspace, `run-${number}`)) }
    })
    return { list, close: () => space.close() }
  },
}

function task(number) {
  const payload = { task_id: `task-${number}`, run_id: 'run-0', title: `Task ${number}`, queue: 'default', priority: 0 }
  return { id: payload.task_id, directory: 'tasks', json: `${JSON.stringify(payload)}\n` }
}

async function claimUntil(seconds, claimNext) {
  const tasks = []
  const startedAt = performance.now()
  let elapsed = 0
  while (elapsed < seconds) {
    tasks.push(await claimNext())
    elapsed = (performance.now() - startedAt) / 1000
  }
  return { tasks, seconds: elapsed }
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
