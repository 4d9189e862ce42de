import { MuseSpace } from '../contenders/muse-space.js'

/** A space with so many open tasks, of which both of its workspaces know. */
export async function openTasks(directory, count) {
  const space = await MuseSpace.open(directory)
  space.write(Array.from({ length: count }, (_, number) => task(number)))
  space.runIn(space.writer, 'sync', 'push')
  space.runIn(space.reader, 'sync', 'pull', '--all')
  return space
}

/** The workspace of a contender: half of them are on each machine. */
export function workspaceOf(space, number) {
  return number % 2 === 0 ? space.writer : space.reader
}

/** Claims what comes next for so many seconds, or until there is nothing left. */
export async function claimNextUntil(seconds, claimNext) {
  const tasks = []
  const startedAt = performance.now()
  let elapsed = 0
  while (elapsed < seconds) {
    const task = await claimNext()
    if (task === null) break
    tasks.push(task)
    elapsed = (performance.now() - startedAt) / 1000
  }
  return { tasks, seconds: elapsed }
}

function task(number) {
  const payload = { task_id: `task-${number}`, run_id: 'run-0', title: `Task ${number}`, queue: 'default', priority: 0 }
  return { id: payload.task_id, directory: 'tasks', json: `${JSON.stringify(payload)}\n` }
}
