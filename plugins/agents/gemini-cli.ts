import type { AgentProgram } from '../../src/plugin.js'
import { EXAMPLE_SESSION, type HookDialect, readHookEvent } from './hook-json.js'

const DIALECT: HookDialect = {
  moments: {
    SessionStart: 'start',
    BeforeTool: 'before_edit',
    AfterTool: 'after_tool',
    AfterAgent: 'turn_end',
    SessionEnd: 'end',
  },
  editTools: ['write_file', 'replace'],
  shellTools: ['run_shell_command'],
}

/** <https://geminicli.com/docs/hooks/reference> */
export const geminiCli: AgentProgram = {
  name: 'gemini',
  title: 'Gemini CLI',
  executable: 'gemini',
  // What is said before a tool does not reach the model.
  readsContextAt: ['start', 'after_tool'],
  readEvent: (input, name) => readHookEvent(DIALECT, input, name),
  answer({ name }, { deny, context, goOn }) {
    const reason = deny ?? goOn
    if (reason !== null) return { decision: 'deny', reason }
    return context === null ? null : { hookSpecificOutput: { hookEventName: name, additionalContext: context } }
  },
  example(directory, file) {
    const input = { tool_name: 'write_file', tool_input: { file_path: file, content: '' } }
    return {
      name: null,
      input: { session_id: EXAMPLE_SESSION, cwd: directory, hook_event_name: 'BeforeTool', ...input },
    }
  },
  tools(_scope, [command, ...args]) {
    const names = ['mcpServers', 'muse-coord']
    return { form: 'member', path: '.gemini/settings.json', names, value: { command, args } }
  },
  hooks(_scope, command) {
    // Milliseconds.
    const hook = (timeout: number) => [{ type: 'command', name: 'muse-coord', command: command(), timeout }]
    return {
      form: 'entries',
      path: '.gemini/settings.json',
      entries: [
        { list: ['hooks', 'SessionStart'], entry: { hooks: hook(10_000) } },
        { list: ['hooks', 'BeforeTool'], entry: { matcher: 'write_file|replace', hooks: hook(5000) } },
        {
          list: ['hooks', 'AfterTool'],
          entry: { matcher: 'write_file|replace|run_shell_command', hooks: hook(10_000) },
        },
        { list: ['hooks', 'AfterAgent'], entry: { hooks: hook(10_000) } },
        { list: ['hooks', 'SessionEnd'], entry: { hooks: hook(10_000) } },
      ],
    }
  },
  byHand: 'Trust the folder when gemini asks: the hooks of a folder that is not trusted do not run.',
}
