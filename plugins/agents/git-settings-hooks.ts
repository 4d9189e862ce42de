import type { GuardedHook } from './guard.js'
import { addBlock, type BlockMarks, removeBlock } from './marked-block.js'

const MARKS: BlockMarks = { begin: '# muse-coord:begin', end: '# muse-coord:end' }
/** Of git: from it on hooks that the settings name are called beside those that lie in a directory. */
const [SINCE_MAJOR, SINCE_MINOR] = [2, 54] as const
const HOOKS: readonly GuardedHook[] = ['pre-commit', 'pre-push']

/** @param version as git tells it: `git version 2.54.0` */
export function callsHooksOfSettings(version: string): boolean {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  return major > SINCE_MAJOR || (major === SINCE_MAJOR && minor >= SINCE_MINOR)
}

/**
 * Has the settings of a repository name the guard. No tool that writes the hooks anew comes there, and what is set for every
 * repository does not take its place.
 */
export function addSettingsHooks(text: string): string {
  return addBlock(text, HOOKS.map(section).join('\n'), MARKS)
}

/** Takes them out again, to the byte. */
export function removeSettingsHooks(text: string): string {
  return removeBlock(text, MARKS)
}

export function hasSettingsHooks(text: string): boolean {
  return removeBlock(text, MARKS) !== text
}

/** The name may not be that of an event. */
function section(hook: GuardedHook): string {
  const command = `command -v muse-coord >/dev/null 2>&1 || exit 0; exec muse-coord guard ${hook} >&2`
  return `[hook "muse-coord-${hook}"]\n\tevent = ${hook}\n\tcommand = "${command}"`
}
