import type { AgentProgram } from '../../src/plugin.js'
import { type HookDialect, hookAnswer, readHookEvent } from './hook-json.js'

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
}
