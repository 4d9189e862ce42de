import { type Machine, type Machines, startMachines } from '../machines.js'

/** Two machines on one hub, and what the runs on them are at: all of it written by the commands. */
export interface Scene {
  /** The working tree of the first machine. */
  readonly project: string
  /** Runs a command there, and gives the document that it prints. */
  readonly gabriel: Machine['json']
  /** Starts `muse-coord ui` on the first machine; resolves to its link. */
  serve(): Promise<string>
  close(): Promise<void>
}

/** What has to be done, each with what it waits for. */
const TASKS = [
  ['schema', 'Agree on the schema', []],
  ['migrate', 'Write the migration', ['schema']],
  ['parser', 'Split the parser', []],
  ['lexer', 'Speed up the lexer', ['parser']],
  ['api', 'Move the API to v2', ['migrate', 'parser']],
  ['docs', 'Describe the API', ['api']],
  ['bench', 'Measure the lexer', ['lexer']],
  ['release', 'Cut the release', ['docs', 'bench']],
  ['icons', 'Draw the icons', []],
] as const

/** Makes the scene: half a minute of commands. */
export async function playScene(): Promise<Scene> {
  const machines = await startMachines()
  try {
    play(machines)
  } catch (error) {
    await machines.close()
    throw error
  }
  const { gabriel, close } = machines
  return {
    project: gabriel.directory,
    gabriel: gabriel.json,
    serve: async () => String((await gabriel.start('ui')).link),
    close,
  }
}

function play(machines: Machines): void {
  const [gabriel, ada] = [machines.gabriel.json, machines.ada.json]
  for (const [id, title, after] of TASKS) {
    gabriel('enqueue', title, '--id', id, ...(after.length > 0 ? ['--after', ...after] : []), '--run-id', 'planner')
  }
  gabriel('sync', 'push')
  gabriel('space', 'grant', 'ada', '--role', 'write')
  gabriel('reserve', 'src/lexer/tokens.ts', '--run-id', 'gemini-51c0', '--ttl', '1')
  gabriel('claim', 'schema', '--run-id', 'claude-9f2b')
  gabriel('complete', 'schema', '--run-id', 'claude-9f2b')
  gabriel('claim', 'parser', '--run-id', 'claude-9f2b')
  gabriel(
    'reserve',
    'src/parser/parse.ts',
    'src/parser/errors.ts',
    '--run-id',
    'claude-9f2b',
    '--op',
    'modify',
    '--deny',
  )
  gabriel('reserve', 'src/parser/parse.ts::parseArray', '--run-id', 'codex-7f3a', '--op', 'extract')
  gabriel('intent', 'src/parser/errors.ts', '--run-id', 'codex-7f3a', '--op', 'rename', '--detail', 'to faults.ts')
  gabriel('reserve', 'docs/parser.md', '--run-id', 'claude-9f2b')
  gabriel('release', 'docs/parser.md', '--run-id', 'claude-9f2b')
  gabriel('sync', 'push')
  ada('sync', 'pull')
  ada('claim', 'migrate', '--run-id', 'opencode-2b8e')
  ada('reserve', 'db/**', '--run-id', 'opencode-2b8e', '--op', 'modify', '--deny')
  ada('reserve', 'src/api/v2.ts', '--run-id', 'copilot-c41d', '--op', 'modify')
  ada('intent', 'src/api/routes.ts', 'src/api/v1.ts', '--run-id', 'copilot-c41d', '--op', 'delete')
  ada('sync', 'push')
  gabriel('reserve', 'src/api/', '--run-id', 'gemini-51c0', '--op', 'modify')
  gabriel('sync', 'pull')
  gabriel('heartbeat', '--run-id', 'claude-9f2b')
  // Refused: others have it.
  machines.gabriel.text('reserve', 'src/parser/errors.ts', '--deny', '--run-id', 'codex-7f3a')
  machines.gabriel.text('reserve', 'db/tables.sql', '--deny', '--run-id', 'gemini-51c0')
  machines.gabriel.text('claim', 'parser', '--run-id', 'gemini-51c0')
}
