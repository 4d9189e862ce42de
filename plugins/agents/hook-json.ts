import type { AgentAnswer, AgentEvent, AgentMoment, JsonObject } from '../../src/plugin.js'
import { readText } from '../fields.js'
import { readEditedPaths } from './tool-input.js'

/** A session that is none. */
export const EXAMPLE_SESSION = 'muse-coord-setup'

/** How programs that follow Claude Code name their events and tools. */
export interface HookDialect {
  readonly moments: Readonly<Record<string, AgentMoment>>
  readonly editTools: readonly string[]
  readonly shellTools: readonly string[]
}

/** Reads an event that names itself `hook_event_name`. `null` for those that are not in the dialect. */
export function readHookEvent(dialect: HookDialect, input: JsonObject, given: string | null): AgentEvent | null {
  const name = readText(input.hook_event_name) ?? given ?? ''
  const moment = Object.hasOwn(dialect.moments, name) ? dialect.moments[name] : undefined
  const sessionId = readText(input.session_id) ?? readText(input.sessionId)
  if (moment === undefined || sessionId === null) return null
  const tool = readText(input.tool_name) ?? ''
  const isEdit = dialect.editTools.includes(tool)
  const isShell = dialect.shellTools.includes(tool)
  // Another tool is of no interest: a matcher of the user's own may send all of them.
  if (moment === 'before_edit' && !isEdit) return null
  return {
    moment,
    name,
    sessionId,
    childId: readText(input.agent_id),
    directory: readText(input.cwd),
    paths: isEdit ? readEditedPaths(input.tool_input) : [],
    isShell: moment === 'after_tool' && isShell,
    goesOn: input.stop_hook_active === true,
  }
}

/** The answer that Claude Code and Codex understand. Codex refuses an answer that has any other field. */
export function hookAnswer({ name }: AgentEvent, { deny, context, goOn }: AgentAnswer): JsonObject | null {
  const hookEventName = name
  if (deny !== null) {
    return { hookSpecificOutput: { hookEventName, permissionDecision: 'deny', permissionDecisionReason: deny } }
  }
  if (goOn !== null) return { decision: 'block', reason: goOn }
  return context === null ? null : { hookSpecificOutput: { hookEventName, additionalContext: context } }
}
