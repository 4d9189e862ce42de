import type { AgentProgram } from '../../src/plugin.js'
import { EXAMPLE_SESSION, type HookDialect, hookAnswer, readHookEvent } from './hook-json.js'

const DIALECT: HookDialect = {
  moments: {
    SessionStart: 'start',
    PreToolUse: 'before_edit',
    PostToolUse: 'after_tool',
    Stop: 'turn_end',
    SubagentStop: 'turn_end',
    SessionEnd: 'end',
  },
  editTools: ['apply_patch', 'Edit', 'Write'],
  shellTools: ['Bash', 'shell', 'exec_command'],
}

/** <https://developers.openai.com/codex/hooks.md> */
export const codex: AgentProgram = {
  name: 'codex',
  title: 'Codex',
  executable: 'codex',
  readsContextAt: ['start', 'before_edit', 'after_tool'],
  readEvent: (input, name) => readHookEvent(DIALECT, input, name),
  answer: hookAnswer,
  example(directory, file) {
    const command = `*** Begin Patch\n*** Add File: ${file}\n+\n*** End Patch\n`
    const input = { tool_name: 'apply_patch', tool_input: { command } }
    return {
      name: null,
      input: { session_id: EXAMPLE_SESSION, cwd: directory, hook_event_name: 'PreToolUse', ...input },
    }
  },
  tools(_scope, [command, ...args]) {
    return {
      form: 'table',
      path: '.codex/config.toml',
      names: ['mcp_servers', 'muse-coord'],
      values: { command, args },
    }
  },
  hooks(_scope, command) {
    // Seconds; that of SessionEnd is cut to three.
    const hook = (timeout: number) => [{ type: 'command', command: command(), timeout }]
    return {
      form: 'entries',
      path: '.codex/hooks.json',
      entries: [
        { list: ['hooks', 'SessionStart'], entry: { hooks: hook(10) } },
        { list: ['hooks', 'PreToolUse'], entry: { matcher: 'apply_patch|Edit|Write', hooks: hook(5) } },
        { list: ['hooks', 'PostToolUse'], entry: { matcher: 'apply_patch|Edit|Write|Bash', hooks: hook(10) } },
        { list: ['hooks', 'Stop'], entry: { hooks: hook(10) } },
        { list: ['hooks', 'SessionEnd'], entry: { hooks: hook(3) } },
      ],
    }
  },
  byHand:
    'Start codex in the repository, trust the project, and trust the new hooks in /hooks: until then it skips them without a word.',
  outside: (store) =>
    `Its sandbox keeps its shell from the store; hooks and tools work. For the shell add to ~/.codex/config.toml:
     [sandbox_workspace_write]
     writable_roots = [${JSON.stringify(store)}]`,
}
