import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

const EXECUTABLE = path.resolve('dist/cli.cjs')

/** Two machines on one hub, and what the runs on them are at: all of it written by the commands. */
export interface Scene {
  readonly directory: string
  /** The working tree of the first machine. */
  readonly project: string
  /** Runs a command there, and gives the document that it prints. */
  readonly gabriel: Machine
  /** The same on the other one. */
  readonly ada: Machine
  /** Starts `muse-coord ui` on the first machine; resolves to its link. */
  serve(): Promise<string>
  close(): Promise<void>
}

type Machine = (...argv: readonly string[]) => Record<string, unknown>

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
  const directory = mkdtempSync(path.join(tmpdir(), 'muse-coord-scene-'))
  const children: ChildProcess[] = []
  const start = async (argv: readonly string[], place: { cwd: string; env: NodeJS.ProcessEnv }) => {
    const child = spawn(process.execPath, [EXECUTABLE, ...argv, '--json'], {
      ...place,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
    return JSON.parse(String(line))
  }
  const placeOf = (who: string, project = 'shop') => {
    const [home, cwd] = [path.join(directory, who, 'home'), path.join(directory, who, project)]
    for (const made of [home, cwd]) mkdirSync(made, { recursive: true })
    return { cwd, env: { HOME: home, PATH: process.env.PATH } }
  }
  const hub: { url: string } = await start(['hub', 'serve', '--port', '0', '--data', '.'], placeOf('hub'))
  const machine = (who: string): Machine => {
    const place = placeOf(who)
    const run: Machine = (...argv) => runIn(place, argv)
    for (const words of [
      ['init', '--quiet', '--initial-branch', who === 'gabriel' ? 'main' : 'api-v2'],
      ['-c', `user.name=${who}`, '-c', 'user.email=a@b.c', 'commit', '--quiet', '--allow-empty', '-m', 'First'],
    ])
      spawnSync('git', words, place)
    run('init', '--hub', hub.url, '--owner', 'gabriel', '--slug', 'shop')
    run('auth', 'keygen', '--hub', hub.url, '--handle', who)
    run('auth', 'register')
    return run
  }
  const gabriel = machine('gabriel')
  const ada = machine('ada')
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
  return {
    directory,
    project: placeOf('gabriel').cwd,
    gabriel,
    ada,
    serve: async () => (await start(['ui'], placeOf('gabriel'))).link,
    async close() {
      const ends = children.map((child) => (child.exitCode === null ? once(child, 'exit') : null))
      for (const child of children) child.kill('SIGINT')
      await Promise.all(ends)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function runIn(place: { cwd: string; env: NodeJS.ProcessEnv }, argv: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, ...argv, '--json'], {
    ...place,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`muse-coord ${argv.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return JSON.parse(stdout)
}
