import type { AgentProgram, AgentScope } from '../../src/plugin.js'
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
  editTools: ['Edit', 'Write', 'NotebookEdit', 'MultiEdit'],
  shellTools: ['Bash'],
}

const DAY_SECONDS = 24 * 3600

const FILES: Readonly<Record<AgentScope, string>> = { project: '.claude/settings.json', user: '.claude/settings.json' }

/** <https://code.claude.com/docs/en/hooks>. Copilot runs these hooks too, with its own fields in `tool_input`. */
export const claudeCode: AgentProgram = {
  name: 'claude',
  title: 'Claude Code',
  executable: 'claude',
  readsContextAt: ['start', 'before_edit', 'after_tool'],
  readEvent: (input, name) => readHookEvent(DIALECT, input, name),
  answer: hookAnswer,
  // In a run of one question such a hook is waited for, and its 2 denies what it came before.
  isWoken: (env) => env.CLAUDE_CODE_ENTRYPOINT === 'cli',
  environmentFileVariable: 'CLAUDE_ENV_FILE',
  guide: 'CLAUDE.md',
  example(directory, file) {
    const input = { tool_name: 'Write', tool_input: { file_path: file, content: '' } }
    return {
      name: null,
      input: { session_id: EXAMPLE_SESSION, cwd: directory, hook_event_name: 'PreToolUse', ...input },
    }
  },
  tools(scope, [command, ...args]) {
    const names = ['mcpServers', 'muse-coord']
    if (scope === 'project') return { form: 'member', path: '.mcp.json', names, value: { command, args } }
    // As `claude mcp add --scope user` writes it.
    return { form: 'member', path: '.claude.json', names, value: { type: 'stdio', command, args } }
  },
  hooks(scope, command) {
    // Seconds.
    const hook = (timeout: number) => [{ type: 'command', command: command(), timeout }]
    // Asked of the shell, so that a session which cannot be woken starts no program for it.
    const watch = `[ "$CLAUDE_CODE_ENTRYPOINT" = cli ] || exit 0; ${command('--watch')}`
    const watcher = { type: 'command', command: watch, asyncRewake: true, timeout: DAY_SECONDS }
    return {
      form: 'entries',
      path: FILES[scope],
      entries: [
        {
          list: ['hooks', 'SessionStart'],
          entry: { matcher: 'startup|resume|clear|compact|fork', hooks: [...hook(10), watcher] },
        },
        { list: ['hooks', 'PreToolUse'], entry: { matcher: 'Edit|Write|NotebookEdit', hooks: hook(5) } },
        { list: ['hooks', 'PostToolUse'], entry: { matcher: 'Edit|Write|NotebookEdit|Bash', hooks: hook(10) } },
        // What was waited for has been told, or has not: who waits for its user is to hear the next.
        { list: ['hooks', 'Stop'], entry: { hooks: [...hook(10), watcher] } },
        { list: ['hooks', 'SessionEnd'], entry: { hooks: hook(10) } },
      ],
    }
  },
}
