import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import type { GuardedHook } from './guard.js'

/** Where the hooks of git are to be guarded, or why they are not. */
export type GitHooks = { readonly directory: string } | { readonly obstacle: string }

const BEGIN = '# muse-coord:begin'
const END = '# muse-coord:end'

const LINES: Readonly<Record<GuardedHook, string>> = {
  'pre-commit': 'command -v muse-coord >/dev/null 2>&1 && { muse-coord guard pre-commit >&2 || exit $?; }',
  // What git tells on standard input is for those that come after, too.
  'pre-push': `muse_coord_refs=$(cat)
command -v muse-coord >/dev/null 2>&1 && { printf '%s\\n' "$muse_coord_refs" | muse-coord guard pre-push >&2 || exit $?; }
exec <<REFS_END
$muse_coord_refs
REFS_END`,
}

/** Tools that write the hooks anew, by the file that they are known by, with what is to be added to it. */
const MANAGERS: Readonly<Record<string, string>> = {
  'lefthook.yml':
    'add a job to lefthook.yml: pre-commit: { commands: { muse-coord: { run: muse-coord guard pre-commit } } }',
  '.pre-commit-config.yaml':
    'add to .pre-commit-config.yaml: - repo: local, hooks: [{id: muse-coord, name: muse-coord, entry: muse-coord guard pre-commit, language: system, pass_filenames: false}]',
}

/** Finds the directory of the hooks that all working trees of the repository share. */
export function findGitHooks({ env }: Session, top: string): GitHooks {
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: top, env: { ...env }, encoding: 'utf8' })
  const found = git('rev-parse', '--git-path', 'hooks')
  if (found.status !== 0) return { obstacle: 'there is no git here' }
  const [scope = '', configured = ''] = git('config', '--show-scope', '--get', 'core.hooksPath')
    .stdout.trim()
    .split('\t')
  if (scope === 'global' || scope === 'system') {
    return {
      obstacle: `core.hooksPath is set for every repository (${configured}): call \`muse-coord guard pre-commit\` from there`,
    }
  }
  const manager = Object.keys(MANAGERS).find((name) => fs.existsSync(path.join(top, name)))
  if (manager !== undefined) return { obstacle: MANAGERS[manager] as string }
  const directory = path.resolve(top, found.stdout.trim())
  // husky writes what lies in `_` anew, and calls what lies beside it.
  return { directory: path.basename(directory) === '_' ? path.dirname(directory) : directory }
}

/** Whether the file of a tool that writes the hooks anew calls the guard. */
export function isGuardedByManager(top: string): boolean {
  return Object.keys(MANAGERS).some((name) => {
    const file = path.join(top, name)
    return fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('muse-coord guard')
  })
}

/** Puts the guard first in a hook, for what stands after an `exit` never runs. `null`: it is a script of another language. */
export function addGuard(text: string, hook: GuardedHook): string | null {
  const block = `${BEGIN}\n${LINES[hook]}\n${END}\n`
  const rest = removeGuard(text)
  if (rest === '') return `#!/bin/sh\n${block}`
  const [, first = ''] = /^(#![^\n]*\n)/.exec(rest) ?? []
  // husky's own hooks are scripts without a first line.
  if (first !== '' && !/\b(ba|da|z|k|a)?sh\b/.test(first)) return null
  return first + block + rest.slice(first.length)
}

/** The name of a hook of another language, which the guard stands before and calls. */
export function nameBehindGuard(hook: GuardedHook): string {
  return `${hook}.muse-coord-before`
}

/** A guard that goes on with a hook of another language, which lies beside it. */
export function guardBefore(hook: GuardedHook): string {
  const block = `${BEGIN}\n${LINES[hook]}\n${END}\n`
  return `#!/bin/sh\n${block}exec "$(dirname "$0")/${nameBehindGuard(hook)}" "$@"\n`
}

/** Takes it out again; nothing is left of a hook that was made for it alone. */
export function removeGuard(text: string): string {
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(`${END}\n`, start)
  if (start === -1 || end === -1) return text
  const rest = text.slice(0, start) + text.slice(end + END.length + 1)
  return rest === '#!/bin/sh\n' ? '' : rest
}
