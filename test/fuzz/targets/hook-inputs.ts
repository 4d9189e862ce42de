import { hook } from '../../../plugins/agents/hook.js'
import { AGENT_PROGRAM, type AgentProgram } from '../../../src/plugin.js'
import { openWorkspace } from '../open-workspace.js'
import type { Target } from '../target.js'

const edit = (tool_name: string, tool_input: object) =>
  JSON.stringify({ session_id: 's1', cwd: '.', hook_event_name: 'PreToolUse', tool_name, tool_input })

/** What an agent program says to its hook, for each program in turn. */
export const hookInputs: Target = {
  name: 'hook-inputs',
  seeds: [
    edit('Write', { file_path: 'src/a.ts', content: 'x' }),
    edit('apply_patch', {
      command: ['apply_patch', '*** Begin Patch\n*** Update File: src/a.ts\n@@\n-a\n+b\n*** End Patch'],
    }),
    JSON.stringify({ sessionId: 's1', cwd: '/tmp', toolName: 'edit', toolArgs: '{"path":"src/a.ts"}' }),
    JSON.stringify({ session_id: 's1', cwd: '.', hook_event_name: 'SessionStart', source: 'startup' }),
    JSON.stringify({
      session_id: 's1',
      hook_event_name: 'PostToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'x' },
    }),
    JSON.stringify({ session_id: 's1', hook_event_name: 'Stop', stop_hook_active: false }),
    JSON.stringify({ sessionID: 's1', event: 'before', tool: 'edit', args: { filePath: 'src/a.ts' } }),
  ],
  words: [
    'session_id',
    'cwd',
    'hook_event_name',
    'PreToolUse',
    'SessionEnd',
    'file_path',
    'tool_input',
    '*** Move to: ../x',
    '*** Add File: ',
    '/etc/passwd',
  ],
  async start(directory) {
    const { session } = await openWorkspace(directory)
    const programs = session.container.resolveAll<AgentProgram>(AGENT_PROGRAM)
    let turn = 0
    return {
      async take(input) {
        const program = programs[turn++ % programs.length] as AgentProgram
        const { answer } = await hook(session, { program, eventName: null, input: { text: input.toString('utf8') } })
        JSON.stringify(answer)
      },
      async close() {},
    }
  },
}
