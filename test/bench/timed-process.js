import { spawnSync } from 'node:child_process'

/**
 * Runs a process and tells the milliseconds from its start to its end. Its streams are pipes, as they are for
 * an agent that runs it.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, mayFail?: boolean }} options
 */
export function timedProcess([program, ...args], { cwd, env = process.env, mayFail = false }) {
  const startedAt = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...{ cwd, env },
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  })
  const milliseconds = performance.now() - startedAt
  if (error) throw error
  if (status !== 0 && !mayFail) {
    throw new Error(`${program} ${args.join(' ')} ended with ${status} in ${cwd}:\n${stderr}${stdout}`)
  }
  return { milliseconds, stdout, hasFailed: status !== 0 }
}
