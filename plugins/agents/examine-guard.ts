import fs from 'node:fs'
import path from 'node:path'
import { type Finding, fine, type Session, shellWord, wrong } from '../../src/plugin.js'
import { findGitHooks, isGuardedByManager } from './git-hooks.js'
import { hasSettingsHooks } from './git-settings-hooks.js'

const HOOKS = ['pre-commit', 'pre-push'] as const
/** Git calls only what somebody may execute. */
const EXECUTABLE = 0o111

/** Whether git calls the guard: what a shell has written past an edit's hook is refused there. */
export function examineGuard(session: Session, tree: string): readonly Finding[] {
  const hooks = findGitHooks(session, tree)
  if ('obstacle' in hooks) {
    const settings = hooks.settings !== null && hooks.readsSettings ? fs.readFileSync(hooks.settings, 'utf8') : ''
    if (hasSettingsHooks(settings)) return [fine('commits and pushes are guarded by hooks in the settings of git')]
    if (isGuardedByManager(tree)) return [fine('commits are guarded by what writes the hooks of git here')]
    return [
      fine(
        hooks.readsSettings
          ? 'commits are not guarded; muse-coord setup guards them'
          : `commits are not guarded: ${hooks.obstacle}`,
      ),
    ]
  }
  if (hooks.uncalled !== null) return [wrong(hooks.uncalled.reason, hooks.uncalled.cure)]
  return HOOKS.map((name) => {
    const file = path.join(hooks.directory, name)
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    const text = stats?.isFile() ? fs.readFileSync(file, 'latin1') : ''
    if (!text.includes('muse-coord guard')) return fine(`${name} is not guarded; muse-coord setup guards it`)
    if (process.platform !== 'win32' && !hooks.isCalledBySh && ((stats?.mode ?? 0) & EXECUTABLE) === 0) {
      return wrong(`git passes ${file} by, for nobody may execute it`, `chmod +x ${shellWord(file)}`)
    }
    return fine(`${name} is guarded`)
  })
}
