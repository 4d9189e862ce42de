import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import { callsHooksOfSettings } from './git-settings-hooks.js'
import type { GuardedHook } from './guard.js'

/** Where the hooks of git are to be guarded, or why they are not. */
export type GitHooks = (
  | {
      readonly directory: string
      readonly isCalledBySh: boolean
      /** Why git calls none of them in this working tree; `null`: it does. */
      readonly uncalled: Uncalled | null
    }
  | { readonly obstacle: string }
) & {
  /** The repository's settings, which all its working trees read; `null`: there is no git. */
  readonly settings: string | null
  /** Whether git calls the hooks that its settings name, too. */
  readonly readsSettings: boolean
}

interface Uncalled {
  /** A sentence without a full stop. */
  readonly reason: string
  /** The command that has it call them. */
  readonly cure: string
}

const WITHOUT_HUSKY: Uncalled = {
  reason: 'git calls no hooks in this working tree, for husky has not been run in it',
  cure: 'npx husky',
}

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

/** Tools that write the hooks anew, by the files that they are known by, with what is to be added to these. */
const MANAGERS: readonly { readonly files: readonly string[]; readonly cure: string }[] = [
  {
    files: ['lefthook', '.lefthook', '.config/lefthook'].flatMap((name) =>
      ['yml', 'yaml', 'toml', 'json'].map((extension) => `${name}.${extension}`),
    ),
    cure: 'add a job to lefthook.yml: pre-commit: { commands: { muse-coord: { run: muse-coord guard pre-commit } } }',
  },
  {
    files: ['.pre-commit-config.yaml', '.pre-commit-config.yml'],
    cure: 'add to .pre-commit-config.yaml: - repo: local, hooks: [{id: muse-coord, name: muse-coord, entry: muse-coord guard pre-commit, language: system, pass_filenames: false}]',
  },
]

/** Finds the directory of the hooks that all working trees of the repository share. */
export function findGitHooks({ env }: Session, top: string): GitHooks {
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: top, env: { ...env }, encoding: 'utf8' })
  const found = git('rev-parse', '--git-path', 'hooks', '--git-path', 'config')
  const [hooks, settingsFile] = found.status === 0 ? found.stdout.trim().split('\n') : []
  if (hooks === undefined || settingsFile === undefined) {
    return { obstacle: 'there is no git here', settings: null, readsSettings: false }
  }
  const inSettings = {
    settings: path.resolve(top, settingsFile),
    readsSettings: callsHooksOfSettings(git('version').stdout),
  }
  const [scope = '', configured = ''] = git('config', '--show-scope', '--get', 'core.hooksPath')
    .stdout.trim()
    .split('\t')
  if (scope === 'global' || scope === 'system') {
    const obstacle = `core.hooksPath is set for every repository (${configured}): call \`muse-coord guard pre-commit\` from there`
    return { obstacle, ...inSettings }
  }
  const manager = MANAGERS.find(({ files }) => files.some((name) => fs.existsSync(path.join(top, name))))
  if (manager !== undefined) return { obstacle: manager.cure, ...inSettings }
  const directory = path.resolve(top, hooks)
  // husky writes what lies in `_` anew, and calls what lies beside it by `sh`.
  const isCalledBySh = path.basename(directory) === '_'
  if (!isCalledBySh) return { directory, isCalledBySh, uncalled: null, ...inSettings }
  // A working tree that was just made has what is committed, and `_` is not.
  const uncalled = fs.existsSync(directory) ? null : WITHOUT_HUSKY
  return { directory: path.dirname(directory), isCalledBySh, uncalled, ...inSettings }
}

/** Whether the file of a tool that writes the hooks anew calls the guard. */
export function isGuardedByManager(top: string): boolean {
  return MANAGERS.flatMap(({ files }) => files).some((name) => {
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

/** The name of a hook that the guard stands before and calls. */
export function nameBehindGuard(hook: GuardedHook): string {
  return `${hook}.muse-coord-before`
}

/** A guard that goes on with a hook that lies beside it: one of another language, or one that git was not to call. */
export function guardBefore(hook: GuardedHook): string {
  const block = `${BEGIN}\n${LINES[hook]}\n${END}\n`
  const behind = `"$(dirname "$0")/${nameBehindGuard(hook)}"`
  return `#!/bin/sh\n${block}[ -x ${behind} ] || exit 0\nexec ${behind} "$@"\n`
}

/** Takes it out again; nothing is left of a hook that was made for it alone. */
export function removeGuard(text: string): string {
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(`${END}\n`, start)
  if (start === -1 || end === -1) return text
  const rest = text.slice(0, start) + text.slice(end + END.length + 1)
  return rest === '#!/bin/sh\n' ? '' : rest
}
