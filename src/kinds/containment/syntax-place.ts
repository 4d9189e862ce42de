import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHECK_MILLISECONDS = 5000

/**
 * Where a module cannot be parsed: `/repo/tools/lock.mjs:3`. The error of an import does not say, what Node prints of a file that
 * it checks does. `null`: it can be parsed, so it is another one that it imports, or nothing tells.
 */
export function syntaxPlace(url: string): string | null {
  const file = fileURLToPath(url)
  const options = { encoding: 'utf8', timeout: CHECK_MILLISECONDS } as const
  const [head = ''] = (spawnSync(process.execPath, ['--check', file], options).stderr ?? '').split('\n', 1)
  const [, line] = /:(\d+)$/.exec(head.trim()) ?? []
  return line === undefined ? null : `${file}:${line}`
}
