import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** bash counts what the finished process has used, as the kernel tells whoever waits for it: to the millisecond. */
const COUNT = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&4; } 4>&2 2>&3'
const MOST_OUTPUT = 64 * 2 ** 20

/**
 * Runs a process to its end, its streams pipes, and tells what it took. Linux or macOS, with bash.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, input?: string }} options `input`: the file that stands on standard input
 * @returns {{ wall: number, cpu: number }} milliseconds; `cpu`: in the program and in the system for it
 */
export function countedProcess(command, { cwd, env, input = '/dev/null' }) {
  const stdin = openSync(input)
  const { status, error, output } = spawnSync('bash', ['-c', COUNT, 'bash', ...command], {
    cwd,
    env: { ...env, LC_ALL: 'C' },
    stdio: [stdin, 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
  })
  closeSync(stdin)
  if (error) throw error
  const [, stdout, stderr, counted] = output
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status} in ${cwd}:\n${stderr}${stdout}`)
  const [wall, user, system] = counted.split(' ').map((seconds) => Number(seconds) * 1000)
  return { wall, cpu: user + system }
}
