import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { repository, temporaryDirectory } from '../../support/git.js'
import { EXECUTABLE } from '../../support/run-executable.js'
import { executablesOf } from './cache.mjs'
import { type RealProgram, realPrograms } from './real-programs.js'
import { type AgentPlace, type AgentRun, runAgent } from './run-agent.js'

// A program starts in a second, and some of them wait for each other.
jest.setTimeout(180_000)

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

/** A test with programs that run, or the reason why it does not. */
function withPrograms(programs: readonly RealProgram[], sentence: string, body: () => Promise<void>): void {
  const missing = programs.filter(({ name }) => executablesOf(name) === null).map(({ name }) => name)
  if (missing.length === 0) it(sentence, body)
  else it.skip(`${sentence} (not installed: ${missing.join(', ')}; node test/agents/real/install.mjs)`, body)
}

/** What the model was told before its n-th answer, for a sentence to be looked for in. */
function request({ requests, output }: AgentRun, n: number): string {
  const found = requests[n - 1]
  if (found === undefined) throw new Error(`the model was asked ${requests.length} times; the program said: ${output}`)
  return found
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
