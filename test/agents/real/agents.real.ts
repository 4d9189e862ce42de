import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { keeperOf } from '../../../src/workspace/keeper-lock.js'
import { findRepo } from '../../../src/workspace/repo.js'
import { cleanUp } from '../../support/clean-up.js'
import { git, repository } from '../../support/git.js'
import { giveIdentity } from '../../support/give-identity.js'
import { EXECUTABLE } from '../../support/run-executable.js'
import { startHub } from '../../support/start-hub.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { executablesOf } from './cache.mjs'
import { type RealProgram, realPrograms } from './real-programs.js'
import { type AgentPlace, type AgentRun, runAgent } from './run-agent.js'

// A program starts in a second, and some of them wait for each other.
jest.setTimeout(600_000)

let place: string

beforeEach(() => {
  place = temporaryDirectory()
  fs.mkdirSync(path.join(place, 'bin'))
  const script = `#!/bin/sh\nexec '${process.execPath}' '${EXECUTABLE}' "$@"\n`
  fs.writeFileSync(path.join(place, 'bin/muse-coord'), script, { mode: 0o755 })
})

/** A repository and a home that nothing was done in. */
function freshPlace(name = 'repo'): AgentPlace {
  const tree = repository(path.join(place, name), { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n' })
  const home = path.join(place, `home-of-${name}`)
  fs.mkdirSync(home)
  const node = path.dirname(process.execPath)
  const env = { HOME: home, PATH: [path.join(place, 'bin'), node, '/usr/bin', '/bin'].join(path.delimiter) }
  return { tree, home, env }
}

/** Runs a command line of ours in a tree, and gives the document that it prints. */
function coord({ tree, env }: AgentPlace, ...argv: readonly string[]) {
  const { stdout, stderr } = spawnSync(process.execPath, [EXECUTABLE, ...argv, '--json'], {
    cwd: tree,
    env: { ...env },
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

function holders(at: AgentPlace, file: string): string[] {
  return coord(at, 'check', file).holders.map((one: { run_id: string }) => one.run_id)
}

/** Whether a file is free, at the latest in a few seconds: not every program waits for its last hook. */
async function isFreeSoon(at: AgentPlace, file: string): Promise<boolean> {
  for (let times = 0; times < 20 && holders(at, file).length > 0; times++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return holders(at, file).length === 0
}

/** Waits for what a keeper carries, which takes two seconds at most once both are there. */
async function isHeldSoon(at: AgentPlace, file: string): Promise<void> {
  for (let times = 0; times < 20 && holders(at, file).length === 0; times++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Nobody waits for a keeper that the hook has left: it would end by itself in two minutes. */
function endKeeper({ tree }: AgentPlace): void {
  const pid = /process (\d+)/.exec(keeperOf(findRepo(tree, {})) ?? '')?.[1]
  if (pid !== undefined) process.kill(Number(pid))
}

/** A test with programs that run, or the reason why it does not. */
function withPrograms(programs: readonly RealProgram[], sentence: string, body: () => Promise<void>): void {
  const missing = programs.filter(({ name }) => executablesOf(name) === null).map(({ name }) => name)
  if (missing.length === 0) it(sentence, body)
  else it.skip(`${sentence} (not installed: ${missing.join(', ')}; node test/agents/real/install.mjs)`, body)
}

/** What of a request the model could only know from us; the whole of it is a hundred pages. */
function request({ requests, output }: AgentRun, n: number): string {
  const found = requests[n - 1]
  if (found === undefined) throw new Error(`the model was asked ${requests.length} times; the program said: ${output}`)
  return found
    .split(/\\+n|"/)
    .filter((line) => /muse-coord|the run |: [a-z]+-\w+, until/.test(line))
    .join('\n')
}

for (const program of Object.values(realPrograms)) {
  describe(`${program.name}, set up by one command`, () => {
    withPrograms(
      [program],
      'writes nothing that another run holds, reserves the rest, and leaves nothing',
      async () => {
        const at = freshPlace()
        const { tree } = at
        coord(at, 'setup', program.name)
        coord(at, 'reserve', 'src/a.ts', '--deny', '--run-id', 'agent-9')
        let reserved: string[] = []
        let written: string[] = []
        const run = await runAgent(program, at, [
          { move: program.overwrite(tree) },
          { move: program.create(tree, 'src/new.ts') },
          {
            move: program.shell('echo sh > src/sh.ts'),
            before() {
              reserved = holders(at, 'src/new.ts')
            },
          },
          {
            move: { text: 'done' },
            before() {
              written = holders(at, 'src/sh.ts')
            },
          },
        ])
        expect(request(run, 1)).toContain(`you are the run ${program.name}-`)
        expect(fs.readFileSync(path.join(tree, 'src/a.ts'), 'utf8')).toBe('a\n')
        expect(request(run, 2)).toContain('src/a.ts is held by the run agent-9')
        expect(fs.readFileSync(path.join(tree, 'src/new.ts'), 'utf8')).toContain('new')
        expect(reserved).toEqual([expect.stringMatching(`^${program.name}-`)])
        expect(request(run, 4)).toContain('your command wrote src/sh.ts')
        expect(written).toEqual(reserved)
        expect(await isFreeSoon(at, 'src/new.ts')).toBe(true)
        expect(await isFreeSoon(at, 'src/sh.ts')).toBe(true)
        expect(holders(at, 'src/a.ts')).toEqual(['agent-9'])
      },
    )
  })
}

describe('agents of different vendors', () => {
  const { claude, codex, gemini } = realPrograms

  withPrograms([claude, codex], "keep out of each other's files in two working trees of one repository", async () => {
    const at = freshPlace()
    coord(at, 'init')
    coord(at, 'setup', 'claude', 'codex', '--scope', 'user')
    const linked = { ...at, tree: path.join(place, 'linked') }
    git(at.tree, 'worktree', 'add', '--quiet', linked.tree)
    let other: AgentRun | undefined
    const run = await runAgent(claude, at, [
      { move: claude.create(at.tree, 'src/new.ts') },
      {
        move: { text: 'done' },
        async before() {
          other = await runAgent(codex, linked, [
            { move: codex.create(linked.tree, 'src/new.ts') },
            { move: codex.create(linked.tree, 'src/other.ts') },
          ])
        },
      },
    ])
    expect(request(run, 1)).toContain('you are the run claude-')
    expect(request(other as AgentRun, 1)).toMatch(/src\/new\.ts: claude-\w+, until/)
    expect(request(other as AgentRun, 2)).toMatch(/src\/new\.ts is held by the run claude-/)
    expect(fs.existsSync(path.join(linked.tree, 'src/new.ts'))).toBe(false)
    expect(fs.existsSync(path.join(linked.tree, 'src/other.ts'))).toBe(true)
    expect(await isFreeSoon(at, 'src/new.ts')).toBe(true)
    expect(await isFreeSoon(at, 'src/other.ts')).toBe(true)
  })

  withPrograms([claude, gemini], "keep out of each other's files on two machines with a hub between them", async () => {
    const hub = await startHub()
    cleanUp(() => hub.close())
    const gabriel = await hub.register('gabriel')
    const [first, second] = [freshPlace('first'), freshPlace('second')]
    for (const [at, program] of [
      [first, claude],
      [second, gemini],
    ] as const) {
      giveIdentity(at.env, hub.url, gabriel)
      coord(at, 'setup', program.name)
      const settings = `[hub]\nurl = "${hub.url}"\n[coord]\nowner = "gabriel"\nslug = "muse"\n`
      fs.writeFileSync(path.join(at.tree, '.muse/config.toml'), settings)
      cleanUp(() => endKeeper(at))
    }
    let other: AgentRun | undefined
    const run = await runAgent(claude, first, [
      { move: claude.create(first.tree, 'src/new.ts') },
      {
        move: { text: 'done' },
        async before() {
          other = await runAgent(gemini, second, [
            {
              move: gemini.create(second.tree, 'src/new.ts'),
              // Its keeper was left by the hook of its start.
              before: () => isHeldSoon(second, 'src/new.ts'),
            },
            { move: gemini.create(second.tree, 'src/other.ts') },
          ])
        },
      },
    ])
    expect(request(run, 1)).toContain('you are the run claude-')
    expect(request(other as AgentRun, 2)).toMatch(/src\/new\.ts is held by the run claude-/)
    expect(fs.existsSync(path.join(second.tree, 'src/new.ts'))).toBe(false)
    expect(fs.existsSync(path.join(second.tree, 'src/other.ts'))).toBe(true)
    for (const at of [first, second]) {
      expect(await isFreeSoon(at, 'src/new.ts')).toBe(true)
      expect(await isFreeSoon(at, 'src/other.ts')).toBe(true)
    }
  })
})
