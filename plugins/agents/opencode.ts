import type { AgentMoment, AgentProgram } from '../../src/plugin.js'
import { readText } from '../fields.js'
import { EXAMPLE_SESSION } from './hook-json.js'
import { openCodePlugin } from './opencode-plugin.js'
import { readEditedPaths } from './tool-input.js'

const MOMENTS: Readonly<Record<string, AgentMoment>> = {
  'session.start': 'start',
  'tool.execute.before': 'before_edit',
  'tool.execute.after': 'after_tool',
  'session.idle': 'turn_end',
  'session.end': 'end',
}
const EDIT_TOOLS = ['write', 'edit', 'apply_patch', 'patch', 'multiedit']
const SHELL_TOOLS = ['bash']

/** <https://opencode.ai/docs/plugins>. It has no hooks but plugins: ours, a file of its own, calls the hook in these words. */
export const opencode: AgentProgram = {
  name: 'opencode',
  title: 'OpenCode',
  executable: 'opencode',
  readsContextAt: ['start', 'after_tool'],
  readEvent(input, given) {
    const name = readText(input.event) ?? given ?? ''
    const moment = Object.hasOwn(MOMENTS, name) ? MOMENTS[name] : undefined
    const sessionId = readText(input.sessionID)
    if (moment === undefined || sessionId === null) return null
    const tool = readText(input.tool) ?? ''
    const isEdit = EDIT_TOOLS.includes(tool)
    if (moment === 'before_edit' && !isEdit) return null
    return {
      moment,
      name,
      sessionId,
      childId: null,
      directory: readText(input.directory),
      paths: isEdit ? readEditedPaths(input.args) : [],
      isShell: moment === 'after_tool' && SHELL_TOOLS.includes(tool),
      goesOn: false,
    }
  },
  answer(_event, { deny, context, environment }) {
    const answer = {
      ...(deny !== null && { deny }),
      ...(context !== null && { context }),
      ...(Object.keys(environment).length > 0 && { env: environment }),
    }
    return Object.keys(answer).length === 0 ? null : answer
  },
  example(directory, file) {
    const input = { event: 'tool.execute.before', tool: 'write', args: { filePath: file } }
    return { name: null, input: { sessionID: EXAMPLE_SESSION, directory, ...input } }
  },
  tools(scope, command) {
    return {
      form: 'member',
      path: scope === 'project' ? 'opencode.json' : '.config/opencode/opencode.json',
      names: ['mcp', 'muse-coord'],
      value: { type: 'local', command, enabled: true },
    }
  },
  hooks(scope, command) {
    return {
      form: 'whole',
      path: `${scope === 'project' ? '.opencode' : '.config/opencode'}/plugins/muse-coord.js`,
      text: openCodePlugin(command()),
    }
  },
}
