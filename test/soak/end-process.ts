import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/**
 * Ends a process without a chance to do anything, and resolves when it is no more.
 *
 * @param withChildren those that it has started too: it has to lead a group of its own (`detached`)
 */
export async function endProcess(child: ChildProcess, { withChildren = false } = {}): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (withChildren) process.kill(-child.pid, 'SIGKILL')
  else child.kill('SIGKILL')
  await exited
}
