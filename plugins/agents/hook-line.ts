import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { AgentProgram, Session } from '../../src/plugin.js'

/** Makes the shell command by which a program calls the hook. */
export type HookLine = (event?: string) => string

/**
 * The line for those who have the program on their path. Whoever has not is in nobody's way: some agents take a hook that
 * cannot be started for a refusal.
 */
export function installedLine({ name }: AgentProgram): HookLine {
  return (event) =>
    `command -v muse-coord >/dev/null 2>&1 || exit 0; exec muse-coord hook ${[name, event].filter(Boolean).join(' ')}`
}

/** The line by the path of the program that runs now, for this user alone. The comment says whose it is. */
export function ownPathLine({ name }: AgentProgram, executable = runningExecutable()): HookLine {
  const [node, program] = [process.execPath, executable].map((one) => `'${one.replaceAll("'", `'\\''`)}'`)
  return (event) =>
    `[ -f ${program} ] || exit 0; exec ${node} ${program} hook ${[name, event].filter(Boolean).join(' ')} # muse-coord`
}

/** The words by which a program starts the server of tools, without a shell. */
export function serverWords(isInstalled: boolean): readonly [string, ...string[]] {
  return isInstalled ? ['muse-coord', 'mcp'] : [process.execPath, runningExecutable(), 'mcp']
}

/** Whether an entry of a program's settings is ours, in whatever form. */
export function isOwnEntry(entry: unknown): boolean {
  const text = JSON.stringify(entry) ?? ''
  return text.includes('muse-coord') && /\bhook [a-z]/.test(text)
}

/** Whether a shell finds the program as an agent's would. */
export function isOnPath({ env, directory }: Session): boolean {
  return spawnSync('sh', ['-c', 'command -v muse-coord'], { cwd: directory, env: { ...env } }).status === 0
}

/** Whether an executable of this name lies on the path. */
export function isExecutable({ env }: Session, name: string): boolean {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => folder !== '' && fs.existsSync(path.join(folder, name)))
}

function runningExecutable(): string {
  return fs.realpathSync(process.argv[1] ?? '')
}
