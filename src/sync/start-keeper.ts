import { spawn } from 'node:child_process'
import { keeperOf } from '../workspace/keeper-lock.js'
import type { Session } from '../workspace/session.js'

/** An agent that has just begun has written nothing yet. */
const IDLE = '2m'

/** How this program is started: `['/usr/bin/node', '/…/cli.cjs']`. */
export type KeeperProgram = readonly [string, ...string[]]

/**
 * Leaves a keeper of the session's store running, as a process of its own that ends when no run is alive any more. Two that
 * are started at once come to one: the second finds the first, and ends.
 *
 * @returns `false`: there is one already
 */
export function startKeeper({ workspace, directory, env }: Session, program: KeeperProgram): boolean {
  if (keeperOf(workspace.repo) !== null) return false
  const [command, ...first] = program
  const child = spawn(command, [...first, 'sync', 'watch', '--until-idle', IDLE, '-C', directory], {
    // Nobody's terminal ends it, and it keeps no directory from being removed.
    cwd: '/',
    env: { ...env },
    detached: true,
    stdio: 'ignore',
  })
  // One that cannot be started is no keeper, which `doctor` tells.
  child.on('error', () => {})
  child.unref()
  return true
}
