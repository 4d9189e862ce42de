import type { AgentMoment, AgentProgram } from '../../src/plugin.js'
import { readText } from '../fields.js'
import { EXAMPLE_SESSION } from './hook-json.js'
import { objectOf, readEditedPaths } from './tool-input.js'

const MOMENTS: Readonly<Record<string, AgentMoment>> = {
  sessionStart: 'start',
  preToolUse: 'before_edit',
  postToolUse: 'after_tool',
  agentStop: 'turn_end',
  subagentStop: 'turn_end',
  sessionEnd: 'end',
}
const EDIT_TOOLS = ['create', 'edit', 'str_replace_editor', 'apply_patch', 'Write', 'Edit']
const SHELL_TOOLS = ['bash', 'powershell', 'Bash']

/** <https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-hooks-reference> */
export const copilot: AgentProgram = {
  name: 'copilot',
  title: 'GitHub Copilot CLI',
  executable: 'copilot',
  readsContextAt: ['start', 'before_edit', 'after_tool'],
  /** Its events do not name themselves, so the command line does. */
  readEvent(input, name) {
    const moment = name !== null && Object.hasOwn(MOMENTS, name) ? MOMENTS[name] : undefined
    const sessionId = readText(input.sessionId) ?? readText(input.session_id)
    if (name === null || moment === undefined || sessionId === null) return null
    const tool = readText(input.toolName) ?? readText(input.tool_name) ?? ''
    const isEdit = EDIT_TOOLS.includes(tool)
    if (moment === 'before_edit' && !isEdit) return null
    return {
      moment,
      name,
      sessionId,
      childId: readText(input.agentId),
      directory: readText(input.cwd),
      // Older ones send the arguments as text.
      paths: isEdit ? readEditedPaths(objectOf(input.toolArgs ?? input.tool_input)) : [],
      isShell: moment === 'after_tool' && SHELL_TOOLS.includes(tool),
      goesOn: input.stop_hook_active === true,
    }
  },
  answer(_event, { deny, context, goOn }) {
    if (deny !== null) return { permissionDecision: 'deny', permissionDecisionReason: deny }
    if (goOn !== null) return { decision: 'block', reason: goOn }
    return context === null ? null : { additionalContext: context }
  },
  example(directory, file) {
    const input = { toolName: 'create', toolArgs: { path: file, file_text: '' } }
    return { name: 'preToolUse', input: { sessionId: EXAMPLE_SESSION, cwd: directory, ...input } }
  },
  tools(scope, [command, ...args]) {
    return {
      form: 'member',
      path: scope === 'project' ? '.github/mcp.json' : '.copilot/mcp-config.json',
      names: ['mcpServers', 'muse-coord'],
      value: { type: 'local', command, args, tools: ['*'] },
    }
  },
  hooks(scope, command) {
    const hook = (event: string, timeoutSec: number) => [
      { type: 'command', bash: command(event), powershell: `muse-coord hook copilot ${event}`, timeoutSec },
    ]
    const hooks = {
      sessionStart: hook('sessionStart', 10),
      preToolUse: hook('preToolUse', 5),
      postToolUse: hook('postToolUse', 10),
      agentStop: hook('agentStop', 10),
      sessionEnd: hook('sessionEnd', 10),
    }
    return {
      form: 'whole',
      path: scope === 'project' ? '.github/hooks/muse-coord.json' : '.copilot/hooks/muse-coord.json',
      text: `${JSON.stringify({ version: 1, hooks }, null, 2)}\n`,
    }
  },
  byHand: 'Trust the folder when copilot asks: it starts no server of a folder that is not trusted.',
}
