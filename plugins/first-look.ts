import type { Freshness, JsonObject, StoreLook } from '../src/plugin.js'
import { firstEdit } from './agents/moments/first-edit.js'
import { PROGRAMS } from './agents/program-table.js'
import type { HookRequest } from './agents/read-event.js'
import { answerOf, type CheckAnswer } from './reserving/check-answer.js'
import { firstCheck } from './reserving/first-check.js'
import { misspeltText } from './reserving/texts.js'

export { MAX_INPUT_BYTES } from './agents/read-event.js'

/** What `check` says, where a look at the index alone can tell. */
export interface FirstAnswer extends CheckAnswer {
  readonly freshness: Freshness
  /** Lines for a person. */
  readonly notes: readonly string[]
}

/** Answers `check`; `null`: it has to find out. */
export function answerCheck(look: StoreLook, addresses: readonly string[]): FirstAnswer | null {
  const found = firstCheck(look, addresses)
  if (found === null) return null
  const { checked, freshness } = found
  const notes = checked.misspelt.map(({ address, nearest }) => misspeltText(address, nearest))
  return { ...answerOf(checked, 0), freshness, notes }
}

/**
 * Answers `hook` before an edit, `null` with nothing to be said; `undefined`: it has to find out.
 *
 * @param words behind `hook`: the agent program, and maybe the event
 */
export function answerHook(
  [name, eventName]: readonly string[],
  input: HookRequest['input'],
  directory: string,
  env: StoreLook['env'],
): JsonObject | null | undefined {
  const program = PROGRAMS.find((one) => one.name === name)
  return program && firstEdit(directory, env, { program, eventName: eventName ?? null, input })
}
