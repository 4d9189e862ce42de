import fs from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/plugin.js'
import { addGuard, findGitHooks, guardBefore, nameBehindGuard, removeGuard } from './git-hooks.js'
import { addSettingsHooks, hasSettingsHooks, removeSettingsHooks } from './git-settings-hooks.js'
import { left, planned, readFile, readText, SCRIPT_MODE, type SetUpFile } from './set-up-file.js'

const GUARDED = ['pre-commit', 'pre-push'] as const
const EXECUTABLE = 0o111

export interface PlannedGuards {
  readonly files: readonly SetUpFile[]
  /** Why nothing is guarded, and what to do; `null`: it is. */
  readonly obstacle: string | null
}

/** The guard in the hooks of git, where they lie, or in its settings where what lies there is not for us to change. */
export function planGuards(session: Session, top: string, remove: boolean): PlannedGuards {
  const hooks = findGitHooks(session, top)
  const isInSettings = 'obstacle' in hooks && hooks.readsSettings
  const files = hooks.settings === null ? [] : planSettingsHooks(session, hooks.settings, isInSettings && !remove)
  if ('obstacle' in hooks) return { files, obstacle: isInSettings ? null : hooks.obstacle }
  const obstacle = hooks.uncalled && `${hooks.uncalled.reason}: ${hooks.uncalled.cure}`
  return { files: [...files, ...GUARDED.flatMap((name) => planGuard(session, hooks, name, remove))], obstacle }
}

function planSettingsHooks(session: Session, settings: string, isWanted: boolean): readonly SetUpFile[] {
  const before = readText(session, path.dirname(settings), path.basename(settings)) ?? ''
  if (!isWanted && !hasSettingsHooks(before)) return []
  return [planned(settings, before, isWanted ? addSettingsHooks(before) : removeSettingsHooks(before))]
}

function planGuard(
  session: Session,
  { directory, isCalledBySh }: { readonly directory: string; readonly isCalledBySh: boolean },
  name: (typeof GUARDED)[number],
  remove: boolean,
): readonly SetUpFile[] {
  const { text: before, fault } = readFile(session, directory, name)
  const whole = path.join(directory, name)
  const behind = path.join(directory, nameBehindGuard(name))
  if (fault !== null) return remove ? [] : planStrange(whole, name, fault)
  const kept = readText(session, directory, nameBehindGuard(name))
  if (remove) {
    if (kept === null || before !== guardBefore(name)) {
      const without = removeGuard(before ?? '')
      return [planned(whole, before, without === '' ? null : without)]
    }
    const { mode } = session.storage.open(directory).stat(nameBehindGuard(name)) ?? {}
    return [{ ...planned(whole, before, kept), mode }, planned(behind, kept, null)]
  }
  const isIdle = before !== null && !isCalledBySh && isPassedBy(session, directory, name)
  const isOwn = before !== null && removeGuard(before) !== before
  // One that its user has switched off stays so.
  const after = isIdle && !isOwn ? null : addGuard(before ?? '', name)
  if (after !== null) {
    const file = planned(whole, before, after)
    return [isIdle ? { ...file, change: 'changed', mode: SCRIPT_MODE } : file]
  }
  // What is no text cannot be written anew beside it.
  if (kept !== null) return [left(whole, `is no shell script, and there is a ${nameBehindGuard(name)} already`, before)]
  if (before?.includes('\u0000')) return [left(whole, `is no text: ${cureOf(name)}`, before)]
  const { mode } = session.storage.open(directory).stat(name) ?? {}
  return [
    { ...planned(behind, null, before), mode },
    { ...planned(whole, before, guardBefore(name)), mode: SCRIPT_MODE },
  ]
}

/** A link leads to what git does not own, and what is no text is nobody's to write. */
function planStrange(whole: string, name: (typeof GUARDED)[number], fault: string): readonly SetUpFile[] {
  const isText = fs.existsSync(whole) && fs.statSync(whole).isFile()
  if (isText && fs.readFileSync(whole, 'latin1').includes('muse-coord guard')) return []
  return [left(whole, `${fault}: ${cureOf(name)}`)]
}

function cureOf(name: (typeof GUARDED)[number]): string {
  return `have it call \`muse-coord guard ${name}\` first`
}

/** Whether git passes a hook by, because nobody may execute it. */
function isPassedBy({ storage }: Session, directory: string, name: string): boolean {
  const { mode } = storage.open(directory).stat(name) ?? {}
  return process.platform !== 'win32' && mode !== undefined && (mode & EXECUTABLE) === 0
}
