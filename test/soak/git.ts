import { execFileSync } from 'node:child_process'
import { devNull } from 'node:os'

/** Runs git by nobody's settings: no hooks, no signing. Returns what it printed. */
export function git(cwd: string, ...args: readonly string[]): string {
  const nobody = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull, PATH: process.env.PATH ?? '' }
  const names = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'safe.directory=*']
  return execFileSync('git', [...names, ...args], { cwd, env: nobody, stdio: 'pipe', encoding: 'utf8' })
}
