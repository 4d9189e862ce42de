/** What each program sends to its hook, as it was recorded, with the place and the session of the test. */
export interface RecordedProgram {
  readonly name: string
  /** The events that the command line names, where those on standard input do not name themselves. */
  readonly named: boolean
  start(place: EventPlace): RecordedEvent
  /** Before a file is written by an edit tool. */
  beforeEdit(place: EventPlace, file: string): RecordedEvent
  afterEdit(place: EventPlace, file: string): RecordedEvent
  afterShell(place: EventPlace, command: string): RecordedEvent
  turnEnd(place: EventPlace): RecordedEvent
  end(place: EventPlace): RecordedEvent
  /** Why the model must not edit, as it stands in an answer. */
  denial(answer: Answer): unknown
  context(answer: Answer): unknown
  /** Whether the model hears what is said before an edit. */
  readonly hearsBeforeEdit: boolean
}

export interface EventPlace {
  readonly cwd: string
  readonly sessionId: string
}

export interface RecordedEvent {
  readonly event: string | null
  readonly input: Readonly<Record<string, unknown>>
}

// biome-ignore lint/suspicious/noExplicitAny: what programs read has a shape of its own in each
export type Answer = any

const hookSpecific = (answer: Answer) => answer?.hookSpecificOutput

/** Events that name themselves `hook_event_name`. */
function selfNamed(place: EventPlace, name: string, more: object): RecordedEvent {
  const common = { session_id: place.sessionId, transcript_path: '/home/ada/t.jsonl', cwd: place.cwd }
  return { event: null, input: { ...common, hook_event_name: name, ...more } }
}

const claude: RecordedProgram = {
  name: 'claude',
  named: false,
  start: (place) => selfNamed(place, 'SessionStart', { source: 'startup', model: 'claude-sonnet-4-5' }),
  beforeEdit: (place, file) => {
    const tool_input = { file_path: `${place.cwd}/${file}`, content: 'text\n' }
    return selfNamed(place, 'PreToolUse', { tool_name: 'Write', tool_input, tool_use_id: 'toolu_1' })
  },
  afterEdit: (place, file) => {
    const tool_input = { file_path: `${place.cwd}/${file}`, content: 'text\n' }
    return selfNamed(place, 'PostToolUse', {
      ...{ tool_name: 'Write', tool_input, tool_response: { type: 'create' } },
      ...{ tool_use_id: 'toolu_1', duration_ms: 3 },
    })
  },
  afterShell: (place, command) =>
    selfNamed(place, 'PostToolUse', { tool_name: 'Bash', tool_input: { command }, tool_response: { stdout: '' } }),
  turnEnd: (place) => selfNamed(place, 'Stop', { stop_hook_active: false, last_assistant_message: 'done' }),
  end: (place) => selfNamed(place, 'SessionEnd', { reason: 'other' }),
  denial: (answer) =>
    hookSpecific(answer)?.permissionDecision === 'deny' && hookSpecific(answer).permissionDecisionReason,
  context: (answer) => hookSpecific(answer)?.additionalContext,
  hearsBeforeEdit: true,
}

const patch = (file: string) => `*** Begin Patch\n*** Add File: ${file}\n+text\n*** End Patch\n`

const codex: RecordedProgram = {
  ...claude,
  name: 'codex',
  start: (place) => selfNamed(place, 'SessionStart', { source: 'startup', transcript_path: null, turn_id: 't1' }),
  beforeEdit: (place, file) =>
    selfNamed(place, 'PreToolUse', { tool_name: 'apply_patch', tool_input: { command: patch(file) }, turn_id: 't1' }),
  afterEdit: (place, file) =>
    selfNamed(place, 'PostToolUse', { tool_name: 'apply_patch', tool_input: { command: patch(file) }, turn_id: 't1' }),
}

const gemini: RecordedProgram = {
  ...claude,
  name: 'gemini',
  beforeEdit: (place, file) =>
    selfNamed(place, 'BeforeTool', { tool_name: 'write_file', tool_input: { file_path: file, content: 'text\n' } }),
  afterEdit: (place, file) =>
    selfNamed(place, 'AfterTool', { tool_name: 'write_file', tool_input: { file_path: file }, tool_response: {} }),
  afterShell: (place, command) =>
    selfNamed(place, 'AfterTool', { tool_name: 'run_shell_command', tool_input: { command }, tool_response: {} }),
  turnEnd: (place) => selfNamed(place, 'AfterAgent', { prompt: 'go', prompt_response: 'ok', stop_hook_active: false }),
  denial: (answer) => answer?.decision === 'deny' && answer.reason,
  hearsBeforeEdit: false,
}

function openCodeEvent({ cwd, sessionId }: EventPlace, event: string, more: object): RecordedEvent {
  return { event: null, input: { directory: cwd, event, sessionID: sessionId, ...more } }
}

const opencode: RecordedProgram = {
  name: 'opencode',
  named: false,
  start: (place) => openCodeEvent(place, 'session.start', {}),
  beforeEdit: (place, file) =>
    openCodeEvent(place, 'tool.execute.before', { tool: 'write', args: { filePath: `${place.cwd}/${file}` } }),
  afterEdit: (place, file) =>
    openCodeEvent(place, 'tool.execute.after', { tool: 'write', args: { filePath: `${place.cwd}/${file}` } }),
  afterShell: (place, command) =>
    openCodeEvent(place, 'tool.execute.after', { tool: 'bash', args: { command, description: 'x' } }),
  turnEnd: (place) => openCodeEvent(place, 'session.idle', {}),
  end: (place) => openCodeEvent(place, 'session.end', {}),
  denial: (answer) => answer?.deny,
  context: (answer) => answer?.context,
  hearsBeforeEdit: false,
}

function copilotEvent({ cwd, sessionId }: EventPlace, event: string, more: object): RecordedEvent {
  return { event, input: { sessionId, timestamp: 1_790_000_000_000, cwd, ...more } }
}

const copilot: RecordedProgram = {
  name: 'copilot',
  named: true,
  start: (place) => copilotEvent(place, 'sessionStart', { source: 'new' }),
  beforeEdit: (place, file) =>
    copilotEvent(place, 'preToolUse', {
      toolName: 'create',
      toolArgs: { path: `${place.cwd}/${file}`, file_text: '' },
    }),
  // Older versions send the arguments as text.
  afterEdit: (place, file) =>
    copilotEvent(place, 'postToolUse', { toolName: 'create', toolArgs: `{"path": ${JSON.stringify(file)}}` }),
  afterShell: (place, command) => copilotEvent(place, 'postToolUse', { toolName: 'bash', toolArgs: { command } }),
  turnEnd: (place) => copilotEvent(place, 'agentStop', { stopReason: 'end_turn', stop_hook_active: false }),
  end: (place) => copilotEvent(place, 'sessionEnd', { reason: 'complete' }),
  denial: (answer) => answer?.permissionDecision === 'deny' && answer.permissionDecisionReason,
  context: (answer) => answer?.additionalContext,
  hearsBeforeEdit: true,
}

export const recordedPrograms: readonly RecordedProgram[] = [claude, codex, gemini, opencode, copilot]
