/**
 * What an agent calls again and again. `args` is handed the store and the number of the turn: what writes, writes something
 * new each time, so that no turn finds its own answer. `input` names the file that stands on standard input.
 */
export const VERBS = [
  { name: 'check', args: () => ['src/free/service.py'] },
  { name: 'reserve', args: (_store, turn) => [`src/free/turn_${turn}.py`, '--run-id', 'visitor'] },
  { name: 'heartbeat', args: ({ runId }) => ['--run-id', runId] },
  { name: 'status', args: () => [] },
  { name: 'forecast', args: () => [] },
  { name: 'tasks', args: () => [] },
  { name: 'claim', args: (_store, turn) => ['--offline', '--run-id', `claimer-${turn}`] },
  { name: 'log', args: () => [] },
  { name: 'dag', args: () => [] },
  { name: 'wait', args: ({ overId }) => [overId] },
  // Before an edit of a file that nobody holds, after it, and before the next edit of that file.
  { name: 'hook', ...hooked('PreToolUse') },
  { name: 'hook-after', ...hooked('PostToolUse') },
  { name: 'hook-again', ...hooked('PreToolUse') },
]

/** As an agent program asks: by an event on standard input. */
function hooked(event) {
  return { command: (store) => store.command('hook', 'claude'), input: (store, turn) => store.event(event, turn) }
}
