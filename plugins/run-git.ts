import { execFile } from 'node:child_process'
import type { Session } from '../src/plugin.js'

export interface GitLimits {
  readonly milliseconds: number
  readonly bytes: number
}

/** How a call of git ended. */
export interface GitEnd {
  /** `null`: it was not there, or was cut off by a limit. */
  readonly exitCode: number | null
  readonly stdout: string
}

/** Runs git in a directory. Never rejects: what git does not tell, whoever asks has to do without. */
export function runGit(
  { env: inherited, signal }: Session,
  directory: string,
  args: readonly string[],
  { milliseconds, bytes }: GitLimits,
): Promise<GitEnd> {
  // Of a hook of git these speak of another tree, or of an index that is not the tree's.
  const { GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE, GIT_PREFIX, ...env } = inherited
  const options = { cwd: directory, env, encoding: 'utf8', timeout: milliseconds, maxBuffer: bytes, signal } as const
  return new Promise((resolve) => {
    execFile('git', args, options, (error, stdout) => {
      const code = error === null ? 0 : error.code
      resolve({ exitCode: typeof code === 'number' ? code : null, stdout })
    })
  })
}
